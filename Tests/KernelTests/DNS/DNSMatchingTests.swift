import LinuxBackend
import MetricSchema
import Testing

extension KernelTier {
    /// Which response belongs to which query, and what becomes of those that have none.
    @Suite
    struct DNSMatchingTests {
        private let query = DNSFrame.query()
        private var response: [UInt8] { DNSFrame.response(to: query) }

        @Test(arguments: [false, true])
        func `A response that fits a query has a latency, and is the client's`(six: Bool) throws {
            let bench = try DNSBench()
            try bench.send(DNSFrame.udp(query, six: six))
            try bench.receive(DNSFrame.udp(response, .toClient, six: six))
            let counters = try bench.counters
            #expect(counters.client[.udp, .a] == 1)
            #expect(counters.client[.udp, .noerror, .a] == 1)
            #expect(counters.client.latency.count == 1)
            #expect(counters.client.latency.nanoseconds > 0)
            #expect(counters.client.unmatched == 0)
            #expect(counters.server == DNSRoleCounters())
        }

        @Test func `A query that is answered by the endpoint is the server's`() throws {
            let bench = try DNSBench()
            try bench.receive(DNSFrame.udp(query))
            try bench.send(DNSFrame.udp(response, .toClient))
            let counters = try bench.counters
            #expect(counters.server.queryCount == 1)
            #expect(counters.server.responseCount == 1)
            #expect(counters.server.latency.count == 1)
            #expect(counters.client == DNSRoleCounters())
        }

        @Test func `A response without a query is counted, and has no latency`() throws {
            let bench = try DNSBench()
            try bench.receive(DNSFrame.udp(response, .toClient))
            let client = try bench.counters.client
            #expect(client.responseCount == 1)
            #expect(client.unmatched == 1)
            #expect(client.latency.count == 0)
        }

        @Test func `A response with another id, port or address answers nothing`() throws {
            let bench = try DNSBench()
            try bench.send(DNSFrame.udp(query))
            let other = DNSFrame.response(to: DNSFrame.query(id: 0x1235))
            try bench.receive(DNSFrame.udp(other, .toClient))
            try bench.receive(DNSFrame.udp(response, .toClient, clientPort: 4001))
            try bench.receive(DNSFrame.udp(response, .toClient, six: true))
            #expect(try bench.counters.client.unmatched == 3)
            try bench.receive(DNSFrame.udp(response, .toClient))
            #expect(try bench.counters.client.latency.count == 1)
        }

        @Test func `An id that is used again after its answer is a query of its own`() throws {
            let bench = try DNSBench()
            for _ in 0..<10 {
                try bench.send(DNSFrame.udp(query))
                try bench.receive(DNSFrame.udp(response, .toClient))
            }
            let client = try bench.counters.client
            #expect(client.queryCount == 10)
            #expect(client.latency.count == 10)
            #expect(client.repeated == 0)
        }

        @Test
        func `A query sent three times counts three times, and its latency is from the first`()
            throws
        {
            let bench = try DNSBench()
            try bench.send(DNSFrame.udp(query))
            try DNSMessageTests.pass(seconds: 0.2)
            try bench.send(DNSFrame.udp(query))
            try bench.send(DNSFrame.udp(query))
            try bench.receive(DNSFrame.udp(response, .toClient))
            let client = try bench.counters.client
            #expect(client.queryCount == 3)
            #expect(client.repeated == 2)
            #expect(client.latency.count == 1)
            #expect(client.latency.nanoseconds >= 200_000_000)
        }

        @Test func `A truncated response is counted as such`() throws {
            let bench = try DNSBench()
            var truncated = response
            truncated[2] |= 0x02
            try bench.receive(DNSFrame.udp(truncated, .toClient))
            try bench.send(DNSFrame.udp(truncated, .toClient))
            #expect(try bench.counters.client.truncated == 1)
            #expect(try bench.counters.server.truncated == 1)
        }

        @Test func `Several datagrams in one packet are one message, and the rest is said`() throws
        {
            let bench = try DNSBench()
            try bench.receive(DNSFrame.udp(query + query), gsoSegments: 2)
            let counters = try bench.counters
            #expect(counters.server.queryCount == 1)
            #expect(counters.undetailed(.ingress, .aggregated) == 1)
        }

        @Test func `Without room to wait queries are still counted, and said to be untracked`()
            throws
        {
            var settings = DNSBench.settings
            settings.pendingQueries = 64
            let bench = try DNSBench(settings)
            for id in 0..<100 as Range<UInt16> {
                try bench.send(DNSFrame.udp(DNSFrame.query(id: id)))
            }
            #expect(try bench.counters.client.queryCount == 100)
            #expect(try bench.dns.lost().queries == 36)
            for id in 0..<100 as Range<UInt16> {
                let answer = DNSFrame.response(to: DNSFrame.query(id: id))
                try bench.receive(DNSFrame.udp(answer, .toClient))
            }
            let client = try bench.counters.client
            #expect(client.latency.count == 64)
            #expect(client.unmatched == 36)
        }

        @Test func `An endpoint that is forgotten leaves nothing to the next of its number`() throws
        {
            var settings = DNSBench.settings
            settings.timeout = 1
            let bench = try DNSBench(settings)
            try bench.send(DNSFrame.udp(query))
            bench.dns.forget(DNSBench.endpoint)
            #expect(try bench.counters == DNSCounters())
            try DNSMessageTests.pass(seconds: 1.1)
            try bench.dns.sweep()
            try bench.receive(DNSFrame.udp(response, .toClient))
            let client = try bench.counters.client
            #expect(client.timeouts == 0)
            #expect(client.unmatched == 1)
        }
    }
}
