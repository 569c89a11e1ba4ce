import LinuxBackend
import MetricSchema
import Testing

extension KernelTier {
    /// DNS over TCP: messages that segments cut, join, repeat and lose.
    @Suite
    struct DNSStreamTests {
        /// Sequence numbers wrap in the middle of what most tests send.
        private static let start: UInt32 = 0xffff_fff0
        private static let syn: UInt8 = 0x02
        private static let fin: UInt8 = 0x11
        private static let rst: UInt8 = 0x04

        /// One side of a connection: gives its segments to the program, in order.
        private final class Side {
            let bench: DNSBench
            let six: Bool
            var next: UInt32

            init(_ bench: DNSBench, six: Bool = false) throws {
                self.bench = bench
                self.six = six
                next = start &+ 1
                try segment([], sequence: start, flags: syn)
            }

            func segment(_ payload: [UInt8], sequence: UInt32, flags: UInt8 = 0x18) throws {
                let frame = DNSFrame.tcp(payload, sequence: sequence, flags: flags, six: six)
                #expect(try bench.send(frame) == -1)
            }

            func send(_ payload: some Collection<UInt8>, flags: UInt8 = 0x18) throws {
                try segment(Array(payload), sequence: next, flags: flags)
                next &+= UInt32(payload.count)
            }
        }

        private func message(_ id: UInt16, type: UInt16 = 1) -> [UInt8] {
            DNSFrame.prefixed(DNSFrame.query(id: id, type: type))
        }

        private func expect(
            _ bench: DNSBench, queries: UInt64, _ undetailed: [DNSDetailLoss: UInt64] = [:]
        ) throws {
            let counters = try bench.counters
            #expect(counters.client.queryCount == queries)
            #expect(counters.malformed == [0, 0])
            for cause in DNSDetailLoss.allCases {
                #expect(counters.undetailed(.egress, cause) == undetailed[cause] ?? 0, "\(cause)")
            }
        }

        @Test(arguments: [false, true])
        func `A query and its response are matched across both ways of a connection`(six: Bool)
            throws
        {
            let bench = try DNSBench()
            let side = try Side(bench, six: six)
            try bench.receive(
                DNSFrame.tcp([], .toClient, sequence: 99, flags: 0x12, six: six))
            try side.send(message(1))
            let answer = DNSFrame.response(to: DNSFrame.query(id: 1), code: 3)
            try bench.receive(
                DNSFrame.tcp(DNSFrame.prefixed(answer), .toClient, sequence: 100, six: six))
            let client = try bench.counters.client
            #expect(client[.tcp, .a] == 1)
            #expect(client[.tcp, .nxdomain, .a] == 1)
            #expect(client.latency.count == 1)
        }

        @Test func `Several messages in a segment are all counted`() throws {
            let bench = try DNSBench()
            let side = try Side(bench)
            try side.send((1...9 as ClosedRange<UInt16>).flatMap { message($0) })
            try side.send(message(10))
            try expect(bench, queries: 10)
        }

        @Test func `A length that comes by itself belongs to the message that follows`() throws {
            let bench = try DNSBench()
            let side = try Side(bench)
            for id in 1...3 as ClosedRange<UInt16> {
                try side.send(message(id).prefix(2))
                try side.send(message(id).dropFirst(2))
            }
            try expect(bench, queries: 3)
        }

        @Test
        func `A message cut behind its question is counted, and the next is found in the middle`()
            throws
        {
            let bench = try DNSBench()
            let side = try Side(bench)
            // 100 bytes of records that are not looked at.
            var query = DNSFrame.query(id: 1)
            query += [UInt8](repeating: 0, count: 100)
            let long = DNSFrame.prefixed(query)
            try side.send(long.prefix(60))
            try side.send(long[60..<80])
            try side.send(long[80...] + message(2))
            try side.send(message(3))
            try expect(bench, queries: 3, [.midMessage: 1])
        }

        @Test(arguments: [3, 13, 20, 34])
        func
            `A message cut within header or question is said to be undetailed, and the next is found`(
                at place: Int
            ) throws
        {
            let bench = try DNSBench()
            let side = try Side(bench)
            try side.send(message(1).prefix(place))
            try side.send(message(1).dropFirst(place))
            try side.send(message(2))
            try expect(bench, queries: 1, [.split: 1, .midMessage: 1])
        }

        @Test func `Half a length loses the place, until a whole message comes`() throws {
            let bench = try DNSBench()
            let side = try Side(bench)
            try side.send(message(1).prefix(1))
            try side.send(message(1).dropFirst(1))
            try side.send(message(2))
            try side.send(message(3))
            try expect(bench, queries: 2, [.split: 1, .unknownStream: 1])
        }

        @Test func `A segment sent again is not counted again`() throws {
            let bench = try DNSBench()
            let side = try Side(bench)
            try side.send(message(1))
            try side.segment(message(1), sequence: Self.start &+ 1)
            // Both at once, as a sender that joins what it sends again.
            try side.segment(message(1) + message(2), sequence: Self.start &+ 1)
            try expect(bench, queries: 2, [.midMessage: 1])
        }

        @Test func `Behind a gap only what is surely a message is read`() throws {
            let bench = try DNSBench()
            let side = try Side(bench)
            try side.send(message(1))
            side.next &+= 500
            try side.send(message(2).dropFirst(5))
            try side.send(message(3) + message(4))
            try side.send(message(5))
            try side.send(message(6) + message(7))
            try expect(bench, queries: 4, [.gap: 2])
        }

        @Test func `A connection that was there before is taken up at a whole message`() throws {
            let bench = try DNSBench()
            let side = try Side(bench)
            try side.send(message(1), flags: Self.rst)
            try side.send(message(2).dropFirst(4))
            try side.send(message(3))
            try side.send(message(4) + message(5))
            try expect(bench, queries: 3, [.unknownStream: 1])
        }

        @Test
        func `A connection's end forgets it, and its last segment again is not counted again`()
            throws
        {
            let bench = try DNSBench()
            let side = try Side(bench)
            try side.send(message(1), flags: Self.fin)
            try side.segment(message(1), sequence: Self.start &+ 1, flags: Self.fin)
            try expect(bench, queries: 1, [.unknownStream: 1])
        }

        @Test func `Data that comes with the SYN is read`() throws {
            let bench = try DNSBench()
            try bench.send(DNSFrame.tcp(message(1), sequence: 5, flags: Self.syn))
            try bench.send(DNSFrame.tcp(message(2), sequence: 6 &+ UInt32(message(1).count)))
            try expect(bench, queries: 2)
        }

        @Test func `Acknowledgements and keep-alives are no messages`() throws {
            let bench = try DNSBench()
            let side = try Side(bench)
            try side.send([], flags: 0x10)
            try side.send(message(1))
            try side.segment([], sequence: side.next, flags: 0x10)
            try side.segment([0], sequence: side.next &- 1, flags: 0x10)
            try expect(bench, queries: 1, [.midMessage: 1])
        }

        @Test func `A hundred and more small messages in a segment are counted, the rest is said`()
            throws
        {
            let bench = try DNSBench()
            let side = try Side(bench)
            func many(_ count: UInt16) -> [UInt8] {
                (0..<count).flatMap {
                    DNSFrame.prefixed(DNSFrame.query(id: $0, type: 2, name: "00"))
                }
            }
            try side.send(many(120))
            try expect(bench, queries: 120)
            try side.send(many(150))
            let counted = try bench.counters.client.queryCount
            #expect((240..<270).contains(counted))
            #expect(try bench.counters.undetailed(.egress, .aggregated) == 1)
        }

        @Test func `Without room for connections whole messages are still read`() throws {
            var settings = DNSBench.settings
            settings.streams = 64
            let bench = try DNSBench(settings)
            for port in 0..<100 as Range<UInt16> {
                var frame = DNSFrame.tcp([], sequence: 0, flags: Self.syn)
                frame.replaceSubrange(34..<36, with: DNSFrame.word(10_000 + port))
                try bench.send(frame)
                frame = DNSFrame.tcp(message(port), sequence: 1)
                frame.replaceSubrange(34..<36, with: DNSFrame.word(10_000 + port))
                try bench.send(frame)
            }
            #expect(try bench.counters.client.queryCount == 100)
            #expect(try bench.dns.lost().streams >= 36)
        }
    }
}
