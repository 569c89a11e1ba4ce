import KernelABI
import MetricSchema
import Observability
import Testing

@testable import LinuxBackend

struct FlowDeltaDecodingTests {
    @Test("addresses are in network order, ports and the rest in the host's")
    func key() throws {
        var key = flow_key()
        let bytes: [UInt8] =
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1]
            + [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]
        withUnsafeMutableBytes(of: &key) { $0.copyBytes(from: bytes) }
        key.source_port = 50_000
        key.destination_port = 443
        key.protocol = 6
        key.marks = UInt8(FOVEA_FLOW_EGRESS.rawValue | FOVEA_FLOW_FRAGMENT.rawValue)
        key.endpoint = 7
        #expect(
            FlowDelta(key, .init(packets: 3, bytes: 200))
                == FlowDelta(
                    source: IPAddress(v4: 0x0a00_0001),
                    destination: IPAddress(high: 0x2001_0db8_0000_0000, low: 2), sourcePort: 50_000,
                    destinationPort: 443, protocolNumber: 6, direction: .egress, endpoint: 7,
                    packets: 3,
                    bytes: 200))
    }

    @Test("directions are the endpoint's own, whichever way they are written")
    func directions() {
        #expect(Direction(marks: 0) == .ingress && Direction(marks: 2) == .ingress)
        #expect(Direction(marks: 1) == .egress && Direction(marks: 3) == .egress)
        for direction in Direction.allCases {
            #expect(Direction(number: UInt8(direction.number)) == direction)
        }
    }
}
