import MetricSchema
import Observability
import Testing

struct HistogramExpositionTests {
    /// 1 ms, twice exactly 2^-10 s, 3 s and an hour.
    private static let waits: LatencyHistogram = {
        var waits = LatencyHistogram()
        for taken in [1_000_000, 976_562, 976_562, 3_000_000_000, 3_600_000_000_000] as [UInt64] {
            waits.record(nanoseconds: taken)
        }
        return waits
    }()

    /// Of two buffers merged: an empty histogram of `none` in the first, `waits` of `first` in the second.
    private static func lines(_ format: ExpositionFormat, _ first: String) throws
        -> [[String: String]: String]
    {
        var samples = SampleBuffer()
        samples.add(waits, to: TestMetrics.wait, First(first))
        var other = SampleBuffer()
        other.add(LatencyHistogram(), to: TestMetrics.wait, First("none"))
        other.merge(samples)
        let parsed = try ExpositionParser(Exposition(other, as: format).text())
        let family = try #require(parsed.families["test_wait_seconds"])
        #expect(family.type == "histogram")
        return family.samples
    }

    @Test("buckets are cumulative, a bound belongs to its own, and the last holds everything")
    func buckets() throws {
        let lines = try Self.lines(.text, "a")
        func bucket(_ bound: String) -> String? {
            lines[["first": "a", "part": "bucket", "le": bound]]
        }
        #expect(bucket("0.00048828125") == "0")
        #expect(bucket("0.0009765625") == "2")
        #expect(bucket("0.001953125") == "3")
        #expect(bucket("2") == "3")
        #expect(bucket("4") == "4")
        #expect(bucket("16") == "4")
        #expect(bucket("+Inf") == "5")
        #expect(lines[["first": "a", "part": "count"]] == "5")
        #expect(lines[["first": "a", "part": "sum"]] == "3603.002953124")
        #expect(lines.count == 2 * (LatencyBuckets.classicPlaces.count + 3))
    }

    @Test("a histogram without labels has only le, and a merge leaves each its own values")
    func plain() throws {
        let lines = try Self.lines(.text, "")
        #expect(lines[["part": "bucket", "le": "+Inf"]] == "5")
        #expect(lines[["part": "count"]] == "5")
        #expect(lines[["first": "none", "part": "count"]] == "0")
    }

    @Test("OpenMetrics writes whole bounds as floats")
    func openMetrics() throws {
        let lines = try Self.lines(.openMetrics, "a")
        #expect(lines[["first": "a", "part": "bucket", "le": "4.0"]] == "4")
        #expect(lines[["first": "a", "part": "bucket", "le": "4"]] == nil)
    }
}
