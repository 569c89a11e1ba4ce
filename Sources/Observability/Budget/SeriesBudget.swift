package import MetricSchema
import Synchronization

/// Holds every metric to the number of series it may have, and all together to another. What is too much shares one
/// series, or one for each combination of labels with fixed values, with `overflow="true"`; sums are what they were.
package final class SeriesBudget: Sendable {
    private let limit: Int
    private let budgets: @Sendable (MetricDescriptor) -> Int
    private let translation: RetinaTranslation?
    private let ledgers = Mutex<[ObjectIdentifier: SeriesLedger]>([:])

    /// `limit` is for all metrics together; `budget` for each of them. What `translation` makes of those that are left
    /// is within the limit too.
    package init(
        limit: Int, budget: @escaping @Sendable (MetricDescriptor) -> Int = { $0.seriesBudget },
        translation: RetinaTranslation? = nil
    ) {
        self.limit = limit
        budgets = budget
        self.translation = translation
    }

    /// The samples of one scrape within the budgets, with what was folded said beside them.
    package func apply(
        to samples: consuming SampleBuffer, now: ContinuousClock.Instant = .now
    ) -> SampleBuffer {
        let families = samples.families
        let level = level(
            of: families.map { family in
                let copies = translation?.copies(of: family.descriptor) ?? 0
                return (min(family.values.count, budgets(family.descriptor)), 1 + copies)
            })
        return ledgers.withLock { ledgers in
            var result = SampleBuffer()
            for family in families {
                let id = ObjectIdentifier(family.descriptor)
                let places = min(budgets(family.descriptor), level)
                if family.values.count <= places, ledgers[id] == nil {
                    result.add(family)
                    continue
                }
                var ledger = ledgers[id] ?? SeriesLedger()
                result.add(ledger.fold(family, to: places, now: now))
                result.add(
                    UInt64(ledger.folded), to: Catalog.foldedSeries,
                    MetricName(family.descriptor.name))
                ledgers[id] = ledger.isEmpty ? nil : ledger
            }
            if let translation { result.merge(translation.translate(result)) }
            let count = result.families.reduce(0) { $0 + $1.values.count }
            result.add(UInt64(count), to: Catalog.series)
            result.add(UInt64(limit), to: Catalog.seriesLimit)
            return result
        }
    }

    /// The most series that one metric may have so that all fit, each written so many times: those with fewer leave
    /// theirs to the others.
    private func level(of metrics: [(count: Int, times: Int)]) -> Int {
        var left = limit
        var times = metrics.reduce(0) { $0 + $1.times }
        for metric in metrics.sorted(by: { $0.count < $1.count }) {
            if metric.count * times > left { return left / times }
            left -= metric.count * metric.times
            times -= metric.times
        }
        return .max
    }
}
