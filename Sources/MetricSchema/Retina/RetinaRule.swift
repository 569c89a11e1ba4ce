/// How one metric of ours becomes one of Retina's. Series that get the same labels by it are added up, so a sum over
/// all of Retina's is the sum over ours, less those that the rule leaves out.
package struct RetinaRule: Sendable {
    package let source: MetricDescriptor
    package let target: MetricDescriptor
    /// Where this has samples, it says the same in more detail and has a rule of its own.
    package let alternative: MetricDescriptor?
    /// Ours in Retina's unit, by which every value can be divided.
    package let divisor: UInt64
    /// Whether Retina says nothing where there is nothing.
    package let omitsNought: Bool
    private let values: @Sendable (SeriesLabels, inout RetinaNames) -> [String]?

    /// `values` are those of the target's labels in their order, nil for a series that Retina does not have.
    init(
        _ source: MetricDescriptor, to target: MetricDescriptor,
        unless alternative: MetricDescriptor? = nil, dividedBy divisor: UInt64 = 1,
        omitsNought: Bool = false,
        values: @escaping @Sendable (SeriesLabels, inout RetinaNames) -> [String]?
    ) {
        self.source = source
        self.target = target
        self.alternative = alternative
        self.divisor = divisor
        self.omitsNought = omitsNought
        self.values = values
    }

    /// A rule that needs no names.
    init(
        _ source: MetricDescriptor, to target: MetricDescriptor, dividedBy divisor: UInt64 = 1,
        omitsNought: Bool = false, values: @escaping @Sendable (SeriesLabels) -> [String]?
    ) {
        self.init(source, to: target, dividedBy: divisor, omitsNought: omitsNought) { labels, _ in
            values(labels)
        }
    }

    /// Retina's labels of the series, as they are written; nil where Retina does not have it.
    package func labels(of series: SeriesLabels, _ names: inout RetinaNames) -> [UInt8]? {
        guard let values = values(series, &names) else { return nil }
        assert(values.count == target.labelNames.count)
        var text = LabelText()
        for (name, value) in zip(target.labelNames, values) {
            text.append(name: name, value: value)
        }
        return text.bytes
    }
}
