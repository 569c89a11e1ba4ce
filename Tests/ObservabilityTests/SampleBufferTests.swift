import TestSupport
import MetricSchema
import Observability
import Testing

struct SampleBufferTests {
    @Test("merging keeps every sample with its labels and value")
    func merge() {
        var left = SampleBuffer()
        left.add(1 as UInt64, to: TestMetrics.requests, First("a"))
        left.add(0.5, to: TestMetrics.age)
        var right = SampleBuffer()
        right.add(2 as UInt64, to: TestMetrics.sent, First("x"), Second("y"))
        right.add(3 as UInt64, to: TestMetrics.requests, First("b"))
        right.add(4 as UInt64, to: TestMetrics.requests, First(""))
        left.merge(right)
        left.add(5 as UInt64, to: TestMetrics.requests, First("c"))
        #expect(
            Exposition(left, as: .text).text() == """
                # HELP test_age_seconds Age of the test.
                # TYPE test_age_seconds gauge
                test_age_seconds 0.5
                # HELP test_requests_total Requests by first.
                # TYPE test_requests_total counter
                test_requests_total 4
                test_requests_total{first="a"} 1
                test_requests_total{first="b"} 3
                test_requests_total{first="c"} 5
                # HELP test_sent_bytes_total Bytes by first and second.
                # TYPE test_sent_bytes_total counter
                test_sent_bytes_total{first="x",second="y"} 2

                """)
    }

    @Test("merging is the same as writing into one buffer", arguments: 0..<100 as Range<UInt64>)
    func mergeIsConcatenation(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var parts = (0..<5).map { _ in SampleBuffer() }
        var one = SampleBuffer()
        for number in 0..<100 as Range<UInt64> {
            let part = Int.random(in: 0..<5, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                parts[part].add(number, to: TestMetrics.requests, First("\(number)"))
                one.add(number, to: TestMetrics.requests, First("\(number)"))
            case 1:
                parts[part].add(Double(number) / 3, to: TestMetrics.level, First("\(number)"))
                one.add(Double(number) / 3, to: TestMetrics.level, First("\(number)"))
            default:
                parts[part].add(number, to: TestMetrics.sent, First(""), Second("\(number)"))
                one.add(number, to: TestMetrics.sent, First(""), Second("\(number)"))
            }
        }
        var merged = SampleBuffer()
        for part in parts { merged.merge(part) }
        #expect(Exposition(merged, as: .text).text() == Exposition(one, as: .text).text())
    }

    @Test("the same series from two collectors is a duplicate")
    func duplicate() {
        var left = SampleBuffer()
        left.add(1.0, to: TestMetrics.age)
        var right = SampleBuffer()
        right.add(1.0, to: TestMetrics.age)
        left.merge(right)
        #expect(Exposition(left, as: .text).duplicates.map(\.name) == ["test_age_seconds"])
    }
}
