import MetricSchema
import Observability
import Testing

/// A scrape leaves in pieces; where one piece ends must not be seen in the text.
struct ExpositionChunkTests {
    @Test(
        "50,000 series are the same text as written at once",
        arguments: [ExpositionFormat.text, .openMetrics])
    func large(_ format: ExpositionFormat) {
        var samples = SampleBuffer()
        var lines: [String] = []
        for number in 0..<50_000 {
            let pod = "pod-\(100_000 + number)"
            samples.add(UInt64(number), to: TestMetrics.sent, First(pod), Second("x"))
            lines.append("test_sent_bytes_total{first=\"\(pod)\",second=\"x\"} \(number)")
        }
        let whole = Exposition(samples, as: format).text()
        #expect(
            whole.split(separator: "\n").filter { $0.first != "#" }.elementsEqual(lines) {
                $0 == $1
            })
    }

    /// The first family fills its chunk to every length around the limit, so that the limit falls into
    /// the last line of it, between the two, and into the header and lines of the next.
    @Test("a chunk may end anywhere", arguments: [ExpositionFormat.text, .openMetrics])
    func boundaries(_ format: ExpositionFormat) {
        let line = "test_level{first=\"0000\"} 1\n"
        let count = Exposition.chunkSize / line.utf8.count - 3
        for padding in 0..<(12 * line.utf8.count) {
            let first = Metric(
                "test_level", .gauge, labels: First.self,
                help: String(repeating: "x", count: padding))
            let second = Metric("test_next_total", .counter, labels: First.self, help: "Next.")
            var samples = SampleBuffer()
            var expected = "# HELP test_level \(first.descriptor.help)\n# TYPE test_level gauge\n"
            for number in 0..<count {
                let value = String(String(10_000 + number).dropFirst())
                samples.add(1 as UInt64, to: first, First(value))
                expected += "test_level{first=\"\(value)\"} 1\n"
            }
            let family = format == .text ? "test_next_total" : "test_next"
            expected += "# HELP \(family) Next.\n# TYPE \(family) counter\n"
            for value in ["a", "b", "c"] {
                samples.add(2 as UInt64, to: second, First(value))
                expected += "test_next_total{first=\"\(value)\"} 2\n"
            }
            if format == .openMetrics { expected += "# EOF\n" }
            let text = Exposition(samples, as: format).text()
            if text != expected {
                Issue.record("with \(padding) bytes of help: …\(text.suffix(300))")
                return
            }
        }
    }

    @Test(
        "a chunk is not much longer than its limit, whatever room it starts with",
        arguments: [1, 100, 1 << 20])
    func size(_ capacity: Int) {
        var samples = SampleBuffer()
        for number in 0..<20_000 {
            samples.add(1 as UInt64, to: TestMetrics.level, First("\(number)"))
        }
        let whole = Exposition(samples, as: .text).text()
        var exposition = Exposition(samples, as: .text)
        var chunk = TextChunk(capacity: capacity)
        var joined: [UInt8] = []
        while exposition.next(into: &chunk) {
            #expect(chunk.count < Exposition.chunkSize + 1024)
            joined += chunk.bytes
        }
        #expect(joined == Array(whole.utf8))
    }
}
