import MetricSchema
import Observability
import Testing

struct TransportProtocolTests {
    @Test("every IP protocol number has one label, and only the known ones their own")
    func numbers() {
        let known: [UInt8: TransportProtocol] = [
            1: .icmp, 58: .icmp, 6: .tcp, 17: .udp, 132: .sctp,
        ]
        for number in UInt8.min ... .max {
            #expect(TransportProtocol(number: number) == known[number] ?? .other)
        }
    }
}
