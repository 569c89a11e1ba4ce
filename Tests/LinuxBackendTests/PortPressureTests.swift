import Observability
import TestSupport
import Testing

@testable import LinuxBackend

struct PortPressureTests {
    private static func use(_ number: Int) -> PortPressure.Use {
        PortPressure.Use(
            identity: .world, address: IPAddress(v4: 1),
            destination: IPAddress(v4: UInt32(number)), destinationPort: 443, protocolNumber: 6)
    }

    @Test("where there is room for all uses, each is exact")
    func exact() {
        var pressure = PortPressure(capacity: 96)
        for round in 0..<50 { for use in 0...round { pressure.add(Self.use(use), 1) } }
        #expect(pressure.folded == 0)
        for use in 0..<50 { #expect(pressure.uses[Self.use(use)] == UInt64(50 - use)) }
    }

    @Test(
        "where there is not, sums are exact and the large uses lose little",
        arguments: 0..<10 as Range<UInt64>)
    func bounded(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var pressure = PortPressure(capacity: 96)
        var total: UInt64 = 0
        // A third goes to one destination, the rest to ten thousand.
        for _ in 0..<30_000 {
            let busy = Int.random(in: 0..<3, using: &random) == 0
            pressure.add(Self.use(busy ? 0 : .random(in: 1...10_000, using: &random)), 1)
            total += 1
            #expect(pressure.uses.count <= 96)
        }
        #expect(pressure.uses.values.reduce(pressure.folded, +) == total)
        #expect(try #require(pressure.uses[Self.use(0)]) > 9_000)
    }
}
