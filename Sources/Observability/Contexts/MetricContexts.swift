import MetricSchema
import Synchronization

/// Writes every metric as the configuration of the moment says. Where it says nothing of one, that is as collectors
/// wrote it.
package final class MetricContexts: Sendable {
    private struct State {
        var configuration = MetricsConfiguration()
        var detail = FlowDetail()
        /// By metric; nil where its series are left as they are.
        var ledgers: [ObjectIdentifier: ContextLedger] = [:]
        var taken: ContinuousClock.Instant?
        /// Whether the newest document is in force; nil where there is none.
        var isAccepted: Bool?

        mutating func use(_ new: MetricsConfiguration) {
            if configuration == new { return }
            let (old, oldDetail) = (configuration, detail)
            configuration = new
            detail = new.flowDetail
            for metric in MetricsConfiguration.subjects
            where old.context(of: metric) != new.context(of: metric)
                || metric.level == .remote && oldDetail != detail
            {
                ledgers[ObjectIdentifier(metric)] = nil
            }
        }
    }

    private let facts: (any PodFactsSource)?
    private let state = Mutex(State())
    /// The same as in `state`, for flows, which are not to wait for a scrape.
    private let detail = Mutex(FlowDetail())

    /// `facts` are a cluster's; without one, what only a cluster knows is absent.
    package init(facts: (any PodFactsSource)? = nil) {
        self.facts = facts
    }

    package var configuration: MetricsConfiguration { state.withLock { $0.configuration } }

    /// What flows have to be told apart by.
    package var flowDetail: FlowDetail { detail.withLock { $0 } }

    /// From the next scrape on. A metric whose context changes begins with what its collectors have then.
    package func use(_ configuration: MetricsConfiguration) {
        state.withLock { state in
            state.use(configuration)
            state.isAccepted = true
        }
        detail.withLock { $0 = configuration.flowDetail }
    }

    /// There is a newer document, and it is wrong: what is in force stays.
    package func refuse() {
        state.withLock { $0.isAccepted = false }
    }

    /// There is no document any more.
    package func withdraw() {
        state.withLock { state in
            state.use(MetricsConfiguration())
            state.isAccepted = nil
        }
        detail.withLock { $0 = FlowDetail() }
    }

    /// `taken` is when collectors answered: of two scrapes under way the older one changes nothing.
    package func apply(
        to samples: consuming SampleBuffer, taken: ContinuousClock.Instant = .now
    ) -> SampleBuffer {
        let families = samples.families
        return state.withLock { state in
            let isOld = state.taken.map { taken < $0 } ?? false
            let now = state.taken.map { max($0, taken) } ?? taken
            state.taken = now
            var result = SampleBuffer()
            if let accepted = state.isAccepted {
                result.add(accepted ? 1 : 0 as UInt64, to: Catalog.contextsAccepted)
            }
            if state.configuration.contexts.isEmpty {
                for family in families { result.add(family) }
                return result
            }
            for family in families {
                let metric = family.descriptor
                guard let context = context(of: metric, in: state) else {
                    result.add(family)
                    continue
                }
                if !context.levels.contains(metric.level) { continue }
                if metric.level == .node || context.leavesAsIs(metric) {
                    result.add(family)
                    continue
                }
                var ledger =
                    state.ledgers[ObjectIdentifier(metric)]
                    ?? ContextLedger(
                        SeriesRewriter(metric: metric, context: context, facts: facts))
                result.add(ledger.fold(family, isOld: isOld, now: now))
                let name = MetricName(metric.name)
                if ledger.unselected > 0 {
                    result.add(UInt64(ledger.unselected), to: Catalog.unselectedSeries, name)
                }
                if ledger.expired > 0 {
                    result.add(UInt64(ledger.expired), to: Catalog.expiredSeries, name)
                }
                state.ledgers[ObjectIdentifier(metric)] = ledger
            }
            return result
        }
    }

    /// Nil where the metric stays as it is. Flows that another metric tells apart more finely are put together.
    private func context(of metric: MetricDescriptor, in state: State) -> MetricContext? {
        guard MetricsConfiguration.subjects.contains(where: { $0 === metric }) else { return nil }
        if let context = state.configuration.context(of: metric) { return context }
        return metric.level == .remote && !state.detail.ends.isEmpty
            ? MetricContext([metric.name]) : nil
    }
}

extension MetricContext {
    /// Whether the metric has nobody's names among its labels.
    fileprivate func leavesAsIs(_ metric: MetricDescriptor) -> Bool {
        !metric.labelNames.starts(with: PodLabel.names)
            && !metric.labelNames.starts(with: SourceLabel.names)
    }
}
