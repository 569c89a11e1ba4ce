import MetricSchema

/// A sample's value by itself, to be added up.
enum SampleAmount: Equatable, Sendable {
    case count(UInt64)
    case number(Double)
    case histogram(LatencyHistogram)

    init(_ value: SampleValue, in family: SampleFamily) {
        switch value {
        case .count(let count): self = .count(count)
        case .number(let number): self = .number(number)
        case .histogram(let place): self = .histogram(family.histograms[place])
        }
    }

    /// What came since; all of it where `earlier` is more, for then it began anew.
    func since(_ earlier: SampleAmount?) -> SampleAmount {
        switch (self, earlier) {
        case (.count(let now), .count(let then)) where now >= then: .count(now - then)
        case (.number(let now), .number(let then)) where now >= then: .number(now - then)
        case (.histogram(let now), .histogram(let then)):
            now.since(then).map { .histogram($0) } ?? self
        default: self
        }
    }

    /// Whether `earlier` may be part of it.
    func contains(_ earlier: SampleAmount) -> Bool {
        switch (self, earlier) {
        case (.count(let now), .count(let then)): now >= then
        case (.number(let now), .number(let then)): now >= then
        case (.histogram(let now), .histogram(let then)): now.since(then) != nil
        default: false
        }
    }

    /// Of a family all amounts are of one kind.
    func adding(_ other: SampleAmount?) -> SampleAmount {
        switch (self, other) {
        case (.count(let one), .count(let two)): return .count(one &+ two)
        case (.number(let one), .number(let two)): return .number(one + two)
        case (.histogram(var one), .histogram(let two)):
            one += two
            return .histogram(one)
        default: return self
        }
    }

    /// Nought of its kind.
    var none: SampleAmount {
        switch self {
        case .count: .count(0)
        case .number: .number(0)
        case .histogram: .histogram(LatencyHistogram())
        }
    }

    var isCount: Bool { if case .count = self { true } else { false } }

    /// Ages and ratios of several: the one that matters.
    func larger(_ other: SampleAmount?) -> SampleAmount {
        other.map { $0.size > size ? $0 : self } ?? self
    }

    var size: Double {
        switch self {
        case .count(let count): Double(count)
        case .number(let number): number
        case .histogram(let histogram): Double(histogram.count)
        }
    }
}
