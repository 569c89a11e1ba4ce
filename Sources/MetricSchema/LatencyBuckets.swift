/// The buckets of every latency histogram: four to an octave from 2^-15 s (31 µs) to 2^4 s (16 s). Their
/// bounds are those of Prometheus' native histograms of schema 2, so one count serves both forms: the
/// classic form shows each fourth bound, and loses nothing by it.
package enum LatencyBuckets {
    private static let perOctave = 4
    private static let firstOctave = -15
    private static let lastOctave = 4

    /// Upper bounds, inclusive, in nanoseconds rounded down: a whole number of nanoseconds is below a bound
    /// exactly when it is below the bound in seconds.
    package static let bounds: [UInt64] = secondBounds.map { UInt64($0 * 1e9) }

    /// One place for each bound and one, the last, for what is above all of them.
    package static let places = secondBounds.count + 1

    /// Places in `bounds` whose bounds the classic form shows.
    package static let classicPlaces = Array(
        stride(from: 0, to: secondBounds.count, by: perOctave))

    /// What the classic form calls a bound: seconds.
    package static func seconds(of place: Int) -> Double { secondBounds[place] }

    private static let secondBounds: [Double] = {
        let quarter = 2.0.squareRoot().squareRoot()
        let steps = [1, quarter, 2.0.squareRoot(), 2.0.squareRoot() * quarter]
        var bounds: [Double] = []
        for octave in firstOctave..<lastOctave {
            for step in steps {
                bounds.append(step * Double(sign: .plus, exponent: octave, significand: 1))
            }
        }
        return bounds + [Double(sign: .plus, exponent: lastOctave, significand: 1)]
    }()
}

/// How often something took how long. Sums of these are exact: counts and nanoseconds are integers.
package struct LatencyHistogram: Sendable, Equatable {
    /// By place in `LatencyBuckets`; not cumulative.
    package private(set) var counts: [UInt64]
    package private(set) var nanoseconds: UInt64

    package init() {
        counts = Array(repeating: 0, count: LatencyBuckets.places)
        nanoseconds = 0
    }

    /// Nil where there is not a count for each place.
    package init?(counts: [UInt64], nanoseconds: UInt64) {
        guard counts.count == LatencyBuckets.places else { return nil }
        self.counts = counts
        self.nanoseconds = nanoseconds
    }

    package var count: UInt64 { counts.reduce(0, &+) }

    package mutating func record(nanoseconds taken: UInt64) {
        var low = 0
        var high = LatencyBuckets.bounds.count
        while low < high {
            let middle = (low + high) / 2
            if LatencyBuckets.bounds[middle] < taken { low = middle + 1 } else { high = middle }
        }
        counts[low] &+= 1
        nanoseconds &+= taken
    }

    /// What came since `earlier`; nil where that has more in any place, and so is not earlier.
    package func since(_ earlier: Self) -> Self? {
        guard nanoseconds >= earlier.nanoseconds,
            zip(counts, earlier.counts).allSatisfy({ $0 >= $1 })
        else { return nil }
        var difference = self
        for place in counts.indices { difference.counts[place] -= earlier.counts[place] }
        difference.nanoseconds -= earlier.nanoseconds
        return difference
    }

    package static func += (left: inout Self, right: Self) {
        for place in left.counts.indices { left.counts[place] &+= right.counts[place] }
        left.nanoseconds &+= right.nanoseconds
    }
}
