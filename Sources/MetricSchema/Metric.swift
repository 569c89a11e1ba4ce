/// What a value means to Prometheus.
package enum MetricKind: String, Sendable {
    case counter, gauge, histogram
}

/// Base units only. `none` is a bare count or a ratio, and adds nothing to a name.
package enum MetricUnit: String, Sendable {
    case bytes, seconds, none
    case bytesPerSecond = "bytes_per_second"
}

/// What one series stands for.
package enum MetricLevel: String, CaseIterable, Sendable {
    /// The node as a whole, its devices, or the agent itself.
    case node
    /// One endpoint of this node.
    case local
    /// A source and a destination.
    case remote
}

/// How a histogram is written.
package enum HistogramForm: Sendable {
    case seconds
    /// Retina's: bounds at half milliseconds, the sum in milliseconds.
    case retinaMilliseconds
}

/// Systems whose backend writes a metric.
package struct Platforms: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    package static let linux = Platforms(rawValue: 1)
    package static let windows = Platforms(rawValue: 2)
    package static let both: Platforms = [.linux, .windows]
}

/// What is known of a metric without its label types: the row of the catalogue. A class, so that a family
/// can be found by identity.
package final class MetricDescriptor: Sendable {
    package let name: String
    package let kind: MetricKind
    package let unit: MetricUnit
    package let help: String
    package let level: MetricLevel
    package let platforms: Platforms
    package let labelNames: [String]
    package let closedValues: [String: [String]]
    /// The most series one node writes by default; a histogram is one.
    package let seriesBudget: Int
    /// Retina's name for the same number, where it has one.
    package let retinaName: String?
    package let histogramForm: HistogramForm

    init<each L: Label>(
        name: String, kind: MetricKind, unit: MetricUnit, help: String, level: MetricLevel,
        platforms: Platforms, labels: repeat (each L).Type, budget: Int, retina: String?
    ) {
        var names: [String] = []
        var closed: [String: [String]] = [:]
        for label in repeat (each L).self {
            names += label.names
            if let values = label.closedValues { closed[label.names[0]] = values }
        }
        self.name = name
        self.kind = kind
        self.unit = unit
        self.help = help
        self.level = level
        self.platforms = platforms
        labelNames = names
        closedValues = closed
        seriesBudget = budget
        retinaName = retina
        histogramForm = .seconds
    }

    /// One of Retina's. It has no budget: there are as many series as of ours that it is made of, or fewer.
    init(
        retina name: String, _ kind: MetricKind, labels: [String], on platforms: Platforms,
        level: MetricLevel, help: String
    ) {
        self.name = name
        self.kind = kind
        unit = .none
        self.help = help
        self.level = level
        self.platforms = platforms
        labelNames = labels
        closedValues = [:]
        seriesBudget = .max
        retinaName = name
        histogramForm = .retinaMilliseconds
    }
}

/// A metric whose samples take exactly these labels, in this order.
package struct Metric<each L: Label>: Sendable {
    package let descriptor: MetricDescriptor

    package init(
        _ name: String, _ kind: MetricKind, _ unit: MetricUnit = .none, level: MetricLevel = .node,
        on platforms: Platforms = .linux, labels: repeat (each L).Type, budget: Int = 100,
        retina: String? = nil, help: String
    ) {
        descriptor = MetricDescriptor(
            name: name, kind: kind, unit: unit, help: help, level: level, platforms: platforms,
            labels: repeat each labels, budget: budget, retina: retina)
    }
}

/// A metric whose samples are latencies sorted into `LatencyBuckets`; in seconds.
package struct Histogram<each L: Label>: Sendable {
    package let descriptor: MetricDescriptor

    package init(
        _ name: String, level: MetricLevel = .node, on platforms: Platforms = .linux,
        labels: repeat (each L).Type, budget: Int = 100, retina: String? = nil, help: String
    ) {
        descriptor = MetricDescriptor(
            name: name, kind: .histogram, unit: .seconds, help: help, level: level,
            platforms: platforms, labels: repeat each labels, budget: budget, retina: retina)
    }
}
