import LinuxBackend
import MetricSchema
import Testing

extension KernelTier {
    /// A query that gets no response in time counts as timed out once, whoever finds it.
    @Suite
    struct DNSTimeoutTests {
        private let query = DNSFrame.query()

        private func bench() throws -> DNSBench {
            var settings = DNSBench.settings
            settings.timeout = 1
            return try DNSBench(settings)
        }

        @Test func `The sweep finds it, and a late response is only unmatched`() throws {
            let bench = try bench()
            try bench.send(DNSFrame.udp(query))
            try bench.receive(DNSFrame.udp(DNSFrame.query(id: 7), clientPort: 9))
            try bench.dns.sweep()
            #expect(try bench.counters.client.timeouts == 0)
            try DNSMessageTests.pass(seconds: 1.1)
            for _ in 0..<3 { try bench.dns.sweep() }
            #expect(try bench.counters.client.timeouts == 1)
            #expect(try bench.counters.server.timeouts == 1)
            try bench.receive(DNSFrame.udp(DNSFrame.response(to: query), .toClient))
            let client = try bench.counters.client
            #expect(client.timeouts == 1)
            #expect(client.unmatched == 1)
            #expect(client.latency.count == 0)
        }

        @Test func `The late response finds it before the sweep does`() throws {
            let bench = try bench()
            try bench.send(DNSFrame.udp(query))
            try DNSMessageTests.pass(seconds: 1.1)
            try bench.receive(DNSFrame.udp(DNSFrame.response(to: query), .toClient))
            try bench.dns.sweep()
            let client = try bench.counters.client
            #expect(client.timeouts == 1)
            #expect(client.unmatched == 1)
            #expect(client.responseCount == 1)
            #expect(client.latency.count == 0)
        }

        @Test func `The next query with the same id finds it, and waits anew`() throws {
            let bench = try bench()
            try bench.send(DNSFrame.udp(query))
            try DNSMessageTests.pass(seconds: 1.1)
            try bench.send(DNSFrame.udp(query))
            try bench.receive(DNSFrame.udp(DNSFrame.response(to: query), .toClient))
            try bench.dns.sweep()
            let client = try bench.counters.client
            #expect(client.timeouts == 1)
            #expect(client.repeated == 0)
            #expect(client.latency.count == 1)
            #expect(client.latency.nanoseconds < 1_000_000_000)
        }
    }
}
