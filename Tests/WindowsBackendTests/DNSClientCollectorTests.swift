import MetricSchema
import Observability
import Synchronization
import Testing
import WindowsBackend

@Suite struct DNSClientCollectorTests {
    /// Gives what it was told to, once.
    private final class Feed: EventTransport {
        private let next = Mutex<[UInt8]>([])
        func put(_ bytes: [UInt8]) { next.withLock { $0 += bytes } }

        func records(of _: EventProvider) throws(WindowsCallError) -> [UInt8] {
            next.withLock { next in
                defer { next = [] }
                return next
            }
        }
    }

    private func question(_ name: String, status: UInt32? = nil, at milliseconds: UInt64) -> [UInt8]
    {
        var data = ByteBuilder()
        data.append(name)
        data.append(UInt32(1))
        data.append("10.0.0.10")
        if let status { data.append(status) }
        return EventDecodingTests.record(
            status == nil ? 3010 : 3011, version: 0, data.bytes, milliseconds: milliseconds)
    }

    private func scrape(_ collector: DNSClientCollector) throws -> [String] {
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        return Exposition(samples, as: .text).text().split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") && !$0.hasSuffix(" 0") }
    }

    @Test("questions and answers are counted, and an answer's time is that from the first sending")
    func counts() throws {
        let feed = Feed()
        let collector = DNSClientCollector(feed)
        feed.put(question("a.example", at: 0) + question("a.example", at: 30))
        feed.put(question("b.example", at: 31))
        #expect(try scrape(collector) == ["fovea_windows_dns_queries_total 3"])
        feed.put(question("a.example", status: 0, at: 40))
        // An answer to no question that was seen has no time.
        feed.put(question("c.example", status: 9003, at: 41))
        let lines = try scrape(collector)
        #expect(lines.contains(#"fovea_windows_dns_responses_total{outcome="answered"} 1"#))
        #expect(lines.contains(#"fovea_windows_dns_responses_total{outcome="nxdomain"} 1"#))
        #expect(lines.contains("fovea_windows_dns_response_seconds_count 1"))
        #expect(lines.contains("fovea_windows_dns_response_seconds_sum 0.04"))
    }

    @Test("a question that nobody answers is counted once 15 seconds have gone by")
    func givesUp() throws {
        let feed = Feed()
        let collector = DNSClientCollector(feed)
        feed.put(question("a.example", at: 0) + question("b.example", at: 15_000))
        #expect(try !scrape(collector).contains { $0.contains("unanswered") })
        feed.put(question("c.example", at: 15_001))
        #expect(try scrape(collector).contains("fovea_windows_dns_unanswered_queries_total 1"))
        // Late answers are answers, of no time.
        feed.put(question("a.example", status: 0, at: 15_002))
        #expect(try !scrape(collector).contains { $0.contains("seconds_count") })
    }
}
