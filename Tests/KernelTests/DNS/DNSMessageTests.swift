import Glibc
import LinuxBackend
import MetricSchema
import Testing

extension KernelTier {
    /// Crafted messages through the packet and DNS programs by BPF_PROG_TEST_RUN: what each is counted as.
    @Suite
    struct DNSMessageTests {
        /// What one message became; everything is exactly one of these.
        enum Outcome: Equatable {
            case query(DNSType)
            case response(DNSResponseCode, DNSType)
            case malformed
            /// No DNS port: not looked at.
            case nothing
        }

        struct Case {
            let name: String
            let hex: String
            let outcome: Outcome
            let port: UInt16

            init(_ name: String, _ hex: String, _ outcome: Outcome, port: UInt16 = 53) {
                self.name = name
                self.hex = hex
                self.outcome = outcome
                self.port = port
            }
        }

        static let label63 = "3f" + String(repeating: "61", count: 63)
        /// 255 bytes with the root.
        static let longest = label63 + label63 + label63 + "3d" + String(repeating: "61", count: 61)
        static let www = DNSFrame.name

        /// Header (id, flags, four counts), question, then records.
        static let cases: [Case] = [
            Case("A", "1234 0100 0001 0000 0000 0000 \(www) 0001 0001", .query(.a)),
            Case("AAAA", "1234 0100 0001 0000 0000 0000 \(www) 001c 0001", .query(.aaaa)),
            Case("HTTPS", "1234 0100 0001 0000 0000 0000 \(www) 0041 0001", .query(.https)),
            Case("ANY", "1234 0100 0001 0000 0000 0000 \(www) 00ff 0001", .query(.any)),
            Case("CAA: another", "1234 0100 0001 0000 0000 0000 \(www) 0101 0001", .query(.other)),
            Case(
                "type 300: not A, though its low byte is near",
                "1234 0100 0001 0000 0000 0000 \(www) 012c 0001", .query(.other)),
            Case("the root", "1234 0100 0001 0000 0000 0000 00 0002 0001", .query(.ns)),
            Case(
                "EDNS",
                "1234 0120 0001 0000 0000 0001 \(www) 0001 0001 00 0029 04d0 00000000 0000",
                .query(.a)),
            Case(
                "reserved bit: ignored, as servers do",
                "1234 0140 0001 0000 0000 0000 \(www) 0001 0001", .query(.a)),
            Case("NOTIFY", "1234 2400 0001 0000 0000 0000 \(www) 0006 0001", .query(.soa)),
            Case(
                "bytes behind the message",
                "1234 0100 0001 0000 0000 0000 \(www) 0001 0001 ffffffff", .query(.a)),
            Case(
                "no question: a server's cookie is asked for",
                "1234 0100 0000 0000 0000 0001 00 0029 04d0 00000000 0000", .query(.none)),
            Case(
                "a name of 255 bytes",
                "1234 0100 0001 0000 0000 0000 \(longest) 00 0001 0001", .query(.a)),
            Case(
                "an answer that points back to the question",
                "1234 8180 0001 0001 0000 0000 \(www) 0001 0001"
                    + " c00c 0001 0001 0000003c 0004 c0000201", .response(.noerror, .a)),
            Case(
                "FORMERR", "1234 8181 0001 0000 0000 0000 \(www) 0001 0001",
                .response(.formerr, .a)),
            Case(
                "SERVFAIL", "1234 8182 0001 0000 0000 0000 \(www) 001c 0001",
                .response(.servfail, .aaaa)),
            Case(
                "NXDOMAIN", "1234 8183 0001 0000 0000 0000 \(www) 0001 0001",
                .response(.nxdomain, .a)),
            Case(
                "NOTIMP", "1234 8184 0001 0000 0000 0000 \(www) 0001 0001", .response(.notimp, .a)),
            Case(
                "REFUSED", "1234 8185 0001 0000 0000 0000 \(www) 0021 0001",
                .response(.refused, .srv)),
            Case(
                "NOTAUTH", "1234 8189 0001 0000 0000 0000 \(www) 0001 0001", .response(.notauth, .a)
            ),
            Case(
                "YXDOMAIN: another", "1234 8186 0001 0000 0000 0000 \(www) 0001 0001",
                .response(.other, .a)),
            Case(
                "BADVERS: its upper bits are in the OPT record",
                "1234 8180 0001 0000 0000 0001 \(www) 0001 0001 00 0029 04d0 01000000 0000",
                .response(.other, .a)),
            Case(
                "an OPT record without upper bits",
                "1234 8180 0001 0000 0000 0001 \(www) 0001 0001 00 0029 04d0 00000000 0000",
                .response(.noerror, .a)),
            Case(
                "a response without a question", "1234 8181 0000 0000 0000 0000",
                .response(.formerr, .none)),
            Case("nothing", "", .malformed),
            Case("eleven bytes", "1234 0100 0001 0000 0000 00", .malformed),
            Case("a question that is not there", "1234 0100 0001 0000 0000 0000", .malformed),
            Case("a name without an end", "1234 0100 0001 0000 0000 0000 03777777", .malformed),
            Case("a label over the end", "1234 0100 0001 0000 0000 0000 3f7777", .malformed),
            Case("no type", "1234 0100 0001 0000 0000 0000 \(www)", .malformed),
            Case("half a class", "1234 0100 0001 0000 0000 0000 \(www) 0001 00", .malformed),
            Case(
                "a name that points at itself",
                "1234 0100 0001 0000 0000 0000 c00c 0001 0001", .malformed),
            Case(
                "a name that points into the header after a label",
                "1234 0100 0001 0000 0000 0000 03777777 c000 0001 0001", .malformed),
            Case(
                "an extended label (RFC 2673)",
                "1234 0100 0001 0000 0000 0000 4103777777 00 0001 0001", .malformed),
            Case(
                "a name of 256 bytes",
                "1234 0100 0001 0000 0000 0000 \(label63)\(label63)\(label63)"
                    + "3e\(String(repeating: "61", count: 62)) 00 0001 0001", .malformed),
            Case(
                "two questions (RFC 9619)",
                "1234 0100 0002 0000 0000 0000 \(www) 0001 0001 c00c 001c 0001", .malformed),
            Case("text", "474554202f20485454502f312e310d0a0d0a", .malformed),
            Case(
                "a port that shares its low bits with 53",
                "1234 0100 0001 0000 0000 0000 \(www) 0001 0001", .nothing, port: 53 + 64),
            Case(
                "mDNS's port to one host: OpenShift's CoreDNS",
                "1234 0100 0001 0000 0000 0000 \(www) 0001 0001", .query(.a), port: 5353),
        ]

        @Test(arguments: [false, true])
        func `A message is counted as what it is, once, and let through`(six: Bool) throws {
            let bench = try DNSBench()
            for (place, one) in Self.cases.enumerated() {
                bench.dns.forget(DNSBench.endpoint)
                let frame = DNSFrame.udp(
                    DNSFrame.bytes(one.hex), six: six, clientPort: 60_000, serverPort: one.port)
                #expect(try bench.receive(frame) == -1)
                let counters = try bench.counters
                let expected = one.outcome == .nothing ? [] : [one.outcome]
                #expect(Self.outcomes(counters, .ingress) == expected, "\(one.name)")
                #expect(Self.outcomes(counters, .egress).isEmpty, "\(one.name)")
                #expect(counters.undetailed.allSatisfy { $0 == 0 }, "\(one.name)")
                let packets = bench.packets.totals(of: DNSBench.endpoint, .ingress).packets
                #expect(packets == UInt64(place + 1))
            }
        }

        /// Everything that came to (or went from) the endpoint.
        static func outcomes(_ counters: DNSCounters, _ direction: Direction) -> [Outcome] {
            var all: [Outcome] = []
            let asking: DNSRole = direction == .egress ? .client : .server
            let answering: DNSRole = direction == .egress ? .server : .client
            for type in DNSType.allCases {
                for transport in DNSTransport.allCases {
                    all += repeating(.query(type), counters[asking][transport, type])
                    for code in DNSResponseCode.allCases {
                        all += repeating(
                            .response(code, type), counters[answering][transport, code, type])
                    }
                }
            }
            all += repeating(.malformed, counters.malformed[direction == .egress ? 1 : 0])
            return all
        }

        private static func repeating(_ outcome: Outcome, _ count: UInt64) -> [Outcome] {
            Array(repeating: outcome, count: Int(count))
        }

        @Test(arguments: [
            ("224.0.0.251", "0800 4500LLLL 00000000 ff11 0000 0a000001 e00000fb"),
            (
                "ff02::fb",
                "86dd 60000000 PPPP 11 ff fe800000000000000000000000000001"
                    + " ff0200000000000000000000000000fb"
            ),
        ])
        func `mDNS has many questions or none, and nobody in particular owes an answer`(
            group: String, header: String
        ) throws {
            var settings = DNSBench.settings
            settings.timeout = 1
            let bench = try DNSBench(settings)
            let three =
                "0000 0000 0003 0000 0000 0000 \(Self.www) 000c 0001 c00c 0001 0001 c00c 001c 0001"
            let answer =
                "0000 8400 0000 0001 0000 0000 \(Self.www) 0001 8001 00000078 0004 0a000001"
            for message in [three, answer] {
                let payload = DNSFrame.bytes("14e9 14e9 0000 0000 \(message)")
                let hex =
                    "01005e0000fb 020000000002 "
                    + header.replacing("LLLL", with: Self.hex(payload.count + 20))
                    .replacing("PPPP", with: Self.hex(payload.count))
                try bench.receive(DNSFrame.bytes(hex) + payload)
            }
            let counters = try bench.counters
            #expect(counters.server[.udp, .ptr] == 1)
            #expect(counters.client[.udp, .noerror, .none] == 1)
            #expect(counters.client.unmatched == 0)
            try Self.pass(seconds: 1.1)
            try bench.dns.sweep()
            #expect(try bench.counters == counters)
        }

        private static func hex(_ number: Int) -> String {
            DNSFrame.word(UInt16(number)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
                .joined()
        }

        /// Lets the kernel's clock go on: the programs know no other.
        static func pass(seconds: Double) throws {
            let end = ContinuousClock.now + .seconds(seconds)
            while ContinuousClock.now < end { usleep(10_000) }
        }
    }
}
