import MetricSchema
import Testing

struct LatencyBucketsTests {
    @Test("bounds grow by a quarter of an octave and reach from 31 µs to 16 s")
    func bounds() {
        let bounds = LatencyBuckets.bounds
        #expect(bounds.first == 30_517)
        #expect(bounds.last == 16_000_000_000)
        #expect(bounds.count == 77 && LatencyBuckets.places == 78)
        for (lower, upper) in zip(bounds, bounds.dropFirst()) {
            #expect(abs(Double(upper) / Double(lower) - 1.189_207) < 0.000_05)
        }
    }

    @Test("bounds shown in the classic form are powers of two of a second")
    func classic() {
        let shown = LatencyBuckets.classicPlaces.map(LatencyBuckets.seconds(of:))
        #expect(shown.count == 20)
        #expect(shown.allSatisfy { $0.significand == 1 })
        #expect(shown.first == 1.0 / 32_768 && shown.last == 16)
    }

    @Test("a latency goes to the first bucket whose bound it does not pass", arguments: 0..<77)
    func places(_ place: Int) {
        var histogram = LatencyHistogram()
        histogram.record(nanoseconds: LatencyBuckets.bounds[place])
        histogram.record(nanoseconds: LatencyBuckets.bounds[place] + 1)
        #expect(histogram.counts[place] == 1 && histogram.counts[place + 1] == 1)
        #expect(histogram.count == 2)
    }

    @Test("sums of histograms add counts and time, and lists of another length are none")
    func sums() {
        var one = LatencyHistogram()
        one.record(nanoseconds: 5)
        var two = one
        two += one
        #expect(two.counts[0] == 2 && two.nanoseconds == 10)
        #expect(LatencyHistogram(counts: [1, 2], nanoseconds: 3) == nil)
        #expect(LatencyHistogram(counts: two.counts, nanoseconds: 10) == two)
    }
}
