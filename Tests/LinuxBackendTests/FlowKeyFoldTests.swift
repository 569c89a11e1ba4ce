import KernelABI
import Testing

/// Which flows become one when they are evicted.
struct FlowKeyFoldTests {
    @Test(
        "the client's port is the higher one, and goes; folding twice is folding once",
        arguments: [
            (6, 40_000, 443, 0, 443), (6, 443, 40_000, 443, 0), (17, 53, 53, 53, 53),
            (6, 0, 443, 0, 443), (17, 2000, 0, 2000, 0), (1, 8, 0, 8, 0), (132, 9000, 80, 9000, 80),
        ] as [(UInt8, UInt16, UInt16, UInt16, UInt16)])
    func ports(
        _ number: UInt8, _ source: UInt16, _ destination: UInt16, _ foldedSource: UInt16,
        _ foldedDestination: UInt16
    ) {
        var key = flow_key()
        key.protocol = number
        key.source_port = source
        key.destination_port = destination
        for _ in 0..<2 {
            flow_key_fold(&key)
            #expect(key.source_port == foldedSource && key.destination_port == foldedDestination)
        }
    }
}
