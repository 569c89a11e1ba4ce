import CLibBPF
import LinuxBackend
import MetricSchema
import Observability
import Synchronization
import Testing

extension KernelTier {
    /// Crafted frames through the packet program by BPF_PROG_TEST_RUN: what each is taken for.
    @Suite
    struct FrameTests {
        /// What one frame became.
        enum Outcome: Equatable, CustomStringConvertible {
            case flow(String)
            case other
            case malformed

            var description: String {
                switch self {
                case .flow(let text): text
                case .other: "other"
                case .malformed: "malformed"
                }
            }
        }

        static let ethernet = "020000000001 020000000002"
        static let v4 = "0a000001 0a000002"
        static let v6 = "20010db8000000000000000000000001 20010db8000000000000000000000002"
        static let udp = "3039 0035 0008 0000"
        static let tcp = "3039 01bb 00000001 00000000 5012 ffff 0000 0000"

        struct Case: CustomTestStringConvertible, Sendable {
            let name: String
            let hex: String
            let outcome: Outcome
            var testDescription: String { name }

            init(_ name: String, _ hex: String, _ outcome: Outcome) {
                self.name = name
                self.hex = hex
                self.outcome = outcome
            }
        }

        static let cases: [Case] = [
            Case(
                "UDP over IPv4", "\(ethernet) 0800 4500001c 00000000 4011 0000 \(v4) \(udp)",
                .flow("10.0.0.1:12345 > 10.0.0.2:53 17")),
            Case(
                "TCP over IPv4", "\(ethernet) 0800 45000028 00000000 4006 0000 \(v4) \(tcp)",
                .flow("10.0.0.1:12345 > 10.0.0.2:443 6")),
            Case(
                "IP options", "\(ethernet) 0800 46000020 00000000 4011 0000 \(v4) 01010101 \(udp)",
                .flow("10.0.0.1:12345 > 10.0.0.2:53 17")),
            Case(
                "sixty bytes of IP header",
                "\(ethernet) 0800 4f000044 00000000 4011 0000 \(v4) \(String(repeating: "01", count: 40)) \(udp)",
                .flow("10.0.0.1:12345 > 10.0.0.2:53 17")),
            Case(
                "padding behind the IP packet",
                "\(ethernet) 0800 4500001c 00000000 4011 0000 \(v4) \(udp) 00000000",
                .flow("10.0.0.1:12345 > 10.0.0.2:53 17")),
            Case(
                "VLAN", "\(ethernet) 8100 0005 0800 4500001c 00000000 4011 0000 \(v4) \(udp)",
                .flow("10.0.0.1:12345 > 10.0.0.2:53 17")),
            Case(
                "QinQ",
                "\(ethernet) 88a8 0007 8100 0005 0800 4500001c 00000000 4011 0000 \(v4) \(udp)",
                .flow("10.0.0.1:12345 > 10.0.0.2:53 17")),
            Case(
                "ICMP: type and code for ports",
                "\(ethernet) 0800 4500001c 00000000 4001 0000 \(v4) 0800 0000 0001 0001",
                .flow("10.0.0.1:8 > 10.0.0.2:0 1")),
            Case(
                "SCTP",
                "\(ethernet) 0800 45000020 00000000 4084 0000 \(v4) 0b59 0b5a 00000000 00000000",
                .flow("10.0.0.1:2905 > 10.0.0.2:2906 132")),
            Case(
                "ESP: no ports",
                "\(ethernet) 0800 4500001c 00000000 4032 0000 \(v4) 00000001 00000001",
                .flow("10.0.0.1:0 > 10.0.0.2:0 50")),
            Case(
                "first fragment", "\(ethernet) 0800 4500001c 00002000 4011 0000 \(v4) \(udp)",
                .flow("10.0.0.1:12345 > 10.0.0.2:53 17")),
            Case(
                "later fragment", "\(ethernet) 0800 4500001c 000000b9 4011 0000 \(v4) \(udp)",
                .flow("10.0.0.1:0 > 10.0.0.2:0 17")),
            Case(
                "UDP over IPv6", "\(ethernet) 86dd 60000000 0008 11 40 \(v6) \(udp)",
                .flow("2001:db8::1:12345 > 2001:db8::2:53 17")),
            Case(
                "hop-by-hop and destination options",
                "\(ethernet) 86dd 60000000 0018 00 40 \(v6) 3c00 010400000000 1100 010400000000 \(udp)",
                .flow("2001:db8::1:12345 > 2001:db8::2:53 17")),
            Case(
                "routing header",
                "\(ethernet) 86dd 60000000 0010 2b 40 \(v6) 1100 000000000000 \(udp)",
                .flow("2001:db8::1:12345 > 2001:db8::2:53 17")),
            Case(
                "authentication header",
                "\(ethernet) 86dd 60000000 0018 33 40 \(v6) 1102 0000 00000001 00000001 00000000 \(udp)",
                .flow("2001:db8::1:12345 > 2001:db8::2:53 17")),
            Case(
                "first IPv6 fragment",
                "\(ethernet) 86dd 60000000 0010 2c 40 \(v6) 1100 0001 00000001 \(udp)",
                .flow("2001:db8::1:12345 > 2001:db8::2:53 17")),
            Case(
                "later IPv6 fragment",
                "\(ethernet) 86dd 60000000 0010 2c 40 \(v6) 1100 05a8 00000001 \(udp)",
                .flow("2001:db8::1:0 > 2001:db8::2:0 17")),
            Case(
                "ICMPv6", "\(ethernet) 86dd 60000000 0008 3a 40 \(v6) 8700 0000 00000000",
                .flow("2001:db8::1:135 > 2001:db8::2:0 58")),
            Case(
                "ARP",
                "\(ethernet) 0806 0001 0800 06 04 0001 020000000002 0a000001 000000000000 0a000002",
                .other),
            Case(
                "three tags",
                "\(ethernet) 8100 0001 8100 0002 8100 0003 0800 4500001c 00000000 4011 0000 \(v4) \(udp)",
                .other),
            Case(
                "IP version 5", "\(ethernet) 0800 5500001c 00000000 4011 0000 \(v4) \(udp)",
                .malformed),
            Case(
                "IP header of 16 bytes",
                "\(ethernet) 0800 4400001c 00000000 4011 0000 \(v4) \(udp)", .malformed),
            Case(
                "total length under the header",
                "\(ethernet) 0800 45000010 00000000 4011 0000 \(v4) \(udp)", .malformed),
            Case(
                "total length over the frame",
                "\(ethernet) 0800 45000064 00000000 4011 0000 \(v4) \(udp)", .malformed),
            Case(
                "truncated IPv4 header", "\(ethernet) 8100 0005 0800 45000014 00000000 4011 0000",
                .malformed),
            Case(
                "UDP of 4 bytes", "\(ethernet) 0800 45000018 00000000 4011 0000 \(v4) 3039 0035",
                .malformed),
            Case(
                "TCP of 12 bytes",
                "\(ethernet) 0800 45000020 00000000 4006 0000 \(v4) 3039 01bb 00000001 00000000",
                .malformed),
            Case(
                "TCP data offset 4",
                "\(ethernet) 0800 45000028 00000000 4006 0000 \(v4) 3039 01bb 00000001 00000000 4012 ffff 0000 0000",
                .malformed),
            Case(
                "TCP data offset past the end",
                "\(ethernet) 0800 45000028 00000000 4006 0000 \(v4) 3039 01bb 00000001 00000000 f012 ffff 0000 0000",
                .malformed),
            Case(
                "IPv6 payload over the frame", "\(ethernet) 86dd 60000000 0064 11 40 \(v6) \(udp)",
                .malformed),
            Case("IPv6 version 7", "\(ethernet) 86dd 70000000 0008 11 40 \(v6) \(udp)", .malformed),
            Case(
                "extension header past the end",
                "\(ethernet) 86dd 60000000 0010 00 40 \(v6) 11ff 010400000000 \(udp)",
                .malformed),
            Case(
                "nine extension headers",
                "\(ethernet) 86dd 60000000 0050 3c 40 \(v6) \(String(repeating: "3c00 010400000000", count: 8))"
                    + " 1100 010400000000 \(udp)",
                .malformed),
            Case("truncated VLAN tag", "\(ethernet) 8100 00", .malformed),
        ]

        @Test(arguments: cases)
        func
            `A frame is taken for what it is, its endpoint's total grows by one, and it is let through`(
                _ one: Case
            ) throws
        {
            let frame = try #require(Self.bytes(one.hex))
            let (outcome, totals, verdict) = try run(frame)
            #expect(outcome == one.outcome)
            #expect(totals.packets == 1)
            #expect(totals.bytes == UInt64(frame.count))
            #expect(verdict == -1)
        }

        @Test func `An aggregated packet counts as its segments`() throws {
            let payload = String(repeating: "00", count: 3000)
            let frame = try #require(
                Self.bytes(
                    "\(Self.ethernet) 0800 45000be0 00000000 4006 0000 \(Self.v4) \(Self.tcp) \(payload)"
                ))
            let program = try Self.program()
            try program.testRun(.ingress, frame: frame, gsoSegments: 3)
            let totals = program.totals(of: 1, .ingress)
            #expect(totals.packets == 1)
            #expect(totals.segments == 3)
        }

        @Test func `A host-side interface counts the other way round`() throws {
            let frame = try #require(Self.bytes(Self.cases[0].hex))
            let program = try Self.program(marks: .hostSide)
            try program.testRun(.ingress, frame: frame)
            try program.testRun(.egress, frame: frame, times: 2)
            #expect(program.totals(of: 1, .egress).packets == 1)
            #expect(program.totals(of: 1, .ingress).packets == 2)
        }

        @Test func `An unknown interface is counted as such and in no endpoint`() throws {
            let frame = try #require(Self.bytes(Self.cases[0].hex))
            let program = try Self.program()
            try program.forget(1)
            try program.testRun(.ingress, frame: frame, times: 5)
            #expect(program.cacheStats.unknown_interface == 5)
            #expect(program.totals(of: 1, .ingress).packets == 0)
        }

        @Test func `Two interfaces that share a place in the table are both found`() throws {
            let frame = try #require(Self.bytes(Self.cases[0].hex))
            let program = try Self.program()
            try program.set(1 + 4096, endpoint: 2, marks: [])
            try program.testRun(.ingress, frame: frame)
            #expect(program.totals(of: 1, .ingress).packets == 1)
        }

        private static func program(marks: InterfaceMarks = []) throws -> LivePacketProgram {
            let size = PacketProgramSize(
                cpus: Int(libbpf_num_possible_cpus()), cacheBytes: 1 << 20, spillEntries: 64,
                endpoints: 16)
            let program = try LivePacketProgram(size: size)
            try program.set(1, endpoint: 1, marks: marks)
            return program
        }

        private func run(_ frame: [UInt8]) throws -> (Outcome?, EndpointTotals, Int32) {
            let program = try Self.program()
            let sink = CapturingSink()
            let cache = try LiveFlowCache(program, sink: sink)
            let verdict = try program.testRun(.ingress, frame: frame).verdict
            try cache.bringUpToDate()
            let totals = program.totals(of: 1, .ingress)
            if totals.malformed.packets == 1 { return (.malformed, totals, verdict) }
            if totals.other.packets == 1 { return (.other, totals, verdict) }
            let flow = sink.flows.first.map { flow in
                Outcome.flow(
                    "\(flow.source):\(flow.sourcePort) > \(flow.destination):\(flow.destinationPort)"
                        + " \(flow.protocolNumber)")
            }
            return (flow, totals, verdict)
        }

        static func bytes(_ hex: String) -> [UInt8]? {
            let digits = hex.filter { $0 != " " }.compactMap(\.hexDigitValue)
            guard digits.count % 2 == 0 else { return nil }
            return stride(from: 0, to: digits.count, by: 2).map {
                UInt8(digits[$0] << 4 | digits[$0 + 1])
            }
        }
    }
}

/// Keeps what it is given.
final class CapturingSink: FlowSink {
    private let seen = Mutex<[FlowDelta]>([])
    private let seenTCP = Mutex<[TCPFlowDelta]>([])
    var flows: [FlowDelta] { seen.withLock { $0 } }
    var tcp: [TCPFlowDelta] { seenTCP.withLock { $0 } }
    func add(_ flows: [FlowDelta]) { seen.withLock { $0 += flows } }
    func add(tcp flows: [TCPFlowDelta]) { seenTCP.withLock { $0 += flows } }
}
