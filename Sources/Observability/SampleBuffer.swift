package import MetricSchema

/// A sample's value; counts stay integers, so that they are exact beyond 2^53.
package enum SampleValue: Equatable, Sendable {
    case count(UInt64)
    case number(Double)
    /// The place in its family's `histograms`.
    case histogram(Int)
}

/// All samples of one metric: labels written one behind the other, values beside them.
package struct SampleFamily: Sendable {
    package let descriptor: MetricDescriptor
    package private(set) var labels = LabelText()
    /// Where each sample's labels end in `labels`.
    package private(set) var ends: [Int] = []
    package private(set) var values: [SampleValue] = []
    /// Empty but for a histogram's family.
    package private(set) var histograms: [LatencyHistogram] = []

    init(_ descriptor: MetricDescriptor) {
        self.descriptor = descriptor
    }

    /// The samples with their label texts, in the order they were added.
    package var rows: [(labels: String, value: SampleValue)] {
        values.indices.map { sample in
            let start = sample == 0 ? 0 : ends[sample - 1]
            return (
                String(decoding: labels.bytes[start..<ends[sample]], as: UTF8.self), values[sample]
            )
        }
    }

    mutating func add<each L: Label>(_ value: SampleValue, _ sample: repeat each L) {
        labels.begin()
        for label in repeat each sample { label.write(to: &labels) }
        ends.append(labels.bytes.count)
        values.append(value)
    }

    mutating func add<each L: Label>(_ histogram: LatencyHistogram, _ sample: repeat each L) {
        add(.histogram(histograms.count), repeat each sample)
        histograms.append(histogram)
    }

    /// Under labels that are written already.
    mutating func add(_ amount: SampleAmount, labels pairs: [UInt8]) {
        labels.append(written: pairs)
        ends.append(labels.bytes.count)
        switch amount {
        case .count(let count): values.append(.count(count))
        case .number(let number): values.append(.number(number))
        case .histogram(let histogram):
            values.append(.histogram(histograms.count))
            histograms.append(histogram)
        }
    }

    mutating func append(_ other: SampleFamily) {
        let shift = labels.bytes.count
        labels.append(samplesOf: other.labels)
        ends.append(contentsOf: other.ends.lazy.map { $0 + shift })
        if other.histograms.isEmpty {
            values.append(contentsOf: other.values)
        } else {
            values.append(
                contentsOf: (0..<other.values.count).map { .histogram(values.count + $0) })
            histograms += other.histograms
        }
    }
}

/// What a scrape has gathered so far.
package struct SampleBuffer: Sendable {
    package private(set) var families: [SampleFamily] = []
    private var places: [ObjectIdentifier: Int] = [:]

    package init() {}

    package mutating func add<each L: Label>(
        _ count: UInt64, to metric: Metric<repeat each L>, _ labels: repeat each L
    ) {
        families[place(of: metric.descriptor)].add(.count(count), repeat each labels)
    }

    package mutating func add<each L: Label>(
        _ number: Double, to metric: Metric<repeat each L>, _ labels: repeat each L
    ) {
        families[place(of: metric.descriptor)].add(.number(number), repeat each labels)
    }

    package mutating func add<each L: Label>(
        _ latencies: LatencyHistogram, to metric: Histogram<repeat each L>,
        _ labels: repeat each L
    ) {
        families[place(of: metric.descriptor)].add(latencies, repeat each labels)
    }

    /// Adds to the node's metric where there is no identity, else to the endpoint's. An endpoint's counters that
    /// are nought are left out: most never count anything.
    package mutating func add<each L: Label>(
        _ count: UInt64, to metric: ScopedMetric<repeat each L>, of identity: Identity?,
        _ labels: repeat each L
    ) {
        if count == 0, identity != nil, metric.pod.kind == .counter { return }
        add(.count(count), to: metric, of: identity, repeat each labels)
    }

    package mutating func add<each L: Label>(
        _ number: Double, to metric: ScopedMetric<repeat each L>, of identity: Identity?,
        _ labels: repeat each L
    ) {
        add(.number(number), to: metric, of: identity, repeat each labels)
    }

    private mutating func add<each L: Label>(
        _ value: SampleValue, to metric: ScopedMetric<repeat each L>, of identity: Identity?,
        _ labels: repeat each L
    ) {
        if let identity {
            families[place(of: metric.pod)].add(value, PodLabel(identity), repeat each labels)
        } else {
            families[place(of: metric.node)].add(value, repeat each labels)
        }
    }

    /// Takes over another buffer's samples.
    package mutating func merge(_ other: consuming SampleBuffer) {
        for family in other.families { add(family) }
    }

    mutating func add(_ family: SampleFamily) {
        families[place(of: family.descriptor)].append(family)
    }

    private mutating func place(of descriptor: MetricDescriptor) -> Int {
        if let last = families.last, last.descriptor === descriptor { return families.count - 1 }
        if let place = places[ObjectIdentifier(descriptor)] { return place }
        places[ObjectIdentifier(descriptor)] = families.count
        families.append(SampleFamily(descriptor))
        return families.count - 1
    }
}
