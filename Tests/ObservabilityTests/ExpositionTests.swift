import TestSupport
import MetricSchema
import Observability
import Testing

/// Goldens of both text formats, small enough to read here.
struct ExpositionTests {
    @Test("text has HELP and TYPE for each family, families and series sorted")
    func text() {
        #expect(
            Exposition(Self.sample(), as: .text).text() == """
                # HELP test_age_seconds Age of the test.
                # TYPE test_age_seconds gauge
                test_age_seconds 1.5
                # HELP test_requests_total Requests by first.
                # TYPE test_requests_total counter
                test_requests_total 1
                test_requests_total{first="a"} 2
                test_requests_total{first="b"} 3
                # HELP test_sent_bytes_total Bytes by first and second.
                # TYPE test_sent_bytes_total counter
                test_sent_bytes_total{first="a"} 4
                test_sent_bytes_total{first="a",second="x"} 5
                test_sent_bytes_total{first="a",second="y"} 6
                test_sent_bytes_total{second="z"} 7

                """)
    }

    @Test("OpenMetrics has units, an end, and counters' families without _total")
    func openMetrics() {
        #expect(
            Exposition(Self.sample(), as: .openMetrics).text() == """
                # HELP test_age_seconds Age of the test.
                # TYPE test_age_seconds gauge
                # UNIT test_age_seconds seconds
                test_age_seconds 1.5
                # HELP test_requests Requests by first.
                # TYPE test_requests counter
                test_requests_total 1
                test_requests_total{first="a"} 2
                test_requests_total{first="b"} 3
                # HELP test_sent_bytes Bytes by first and second.
                # TYPE test_sent_bytes counter
                # UNIT test_sent_bytes bytes
                test_sent_bytes_total{first="a"} 4
                test_sent_bytes_total{first="a",second="x"} 5
                test_sent_bytes_total{first="a",second="y"} 6
                test_sent_bytes_total{second="z"} 7
                # EOF

                """)
    }

    @Test("nothing to say is an empty text, in OpenMetrics with its end")
    func empty() {
        #expect(Exposition(SampleBuffer(), as: .text).text() == "")
        #expect(Exposition(SampleBuffer(), as: .openMetrics).text() == "# EOF\n")
    }

    @Test("series come sorted however they were written", arguments: 0..<50 as Range<UInt64>)
    func sorting(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let values = (0..<40).map { _ in
            // Values that begin alike, shorter and longer than the eight bytes compared at a time.
            String(repeating: "a", count: .random(in: 0...20, using: &random))
                + String((0..<3).map { _ in "ab~é".randomElement(using: &random) ?? "a" })
        }
        var samples = SampleBuffer()
        for value in Set(values).shuffled(using: &random) {
            samples.add(1 as UInt64, to: TestMetrics.level, First(value))
        }
        let lines = Exposition(samples, as: .text).text().split(separator: "\n").dropFirst(2)
        #expect(lines.count == Set(values).count)
        #expect(
            zip(lines, lines.dropFirst()).allSatisfy { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    @Test(
        "a label value is escaped once",
        arguments: [
            (#"back\slash"#, #"back\\slash"#), (#"a "quote""#, #"a \"quote\""#),
            ("two\nlines", #"two\nlines"#),
        ])
    func escaping(_ value: String, _ escaped: String) {
        var samples = SampleBuffer()
        samples.add(1 as UInt64, to: TestMetrics.level, First(value))
        #expect(
            Exposition(samples, as: .text).text().contains("test_level{first=\"\(escaped)\"} 1\n"))
    }

    @Test("a family that says a series twice is left out and reported; the others stay")
    func duplicates() {
        var samples = Self.sample()
        samples.add(9 as UInt64, to: TestMetrics.requests, First("a"))
        let exposition = Exposition(samples, as: .text)
        #expect(exposition.duplicates.map(\.name) == ["test_requests_total"])
        let text = exposition.text()
        #expect(!text.contains("test_requests"))
        #expect(text.contains("test_age_seconds 1.5\n") && text.contains("test_sent_bytes_total{"))
    }

    @Test("two samples without labels are the same series, next to each other or not")
    func unlabelledDuplicates() {
        var samples = SampleBuffer()
        samples.add(1.0, to: TestMetrics.age)
        samples.add(1.0, to: TestMetrics.age)
        samples.add(1.0, to: TestMetrics.level, First("b"))
        samples.add(1.0, to: TestMetrics.level, First("a"))
        samples.add(2.0, to: TestMetrics.level, First("b"))
        #expect(
            Exposition(samples, as: .text).duplicates.map(\.name) == [
                "test_age_seconds", "test_level",
            ])
    }

    private static func sample() -> SampleBuffer {
        var samples = SampleBuffer()
        samples.add(6 as UInt64, to: TestMetrics.sent, First("a"), Second("y"))
        samples.add(7 as UInt64, to: TestMetrics.sent, First(""), Second("z"))
        samples.add(4 as UInt64, to: TestMetrics.sent, First("a"), Second(""))
        samples.add(5 as UInt64, to: TestMetrics.sent, First("a"), Second("x"))
        samples.add(3 as UInt64, to: TestMetrics.requests, First("b"))
        samples.add(1.5, to: TestMetrics.age)
        samples.add(1 as UInt64, to: TestMetrics.requests, First(""))
        samples.add(2 as UInt64, to: TestMetrics.requests, First("a"))
        return samples
    }
}
