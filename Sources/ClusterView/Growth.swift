/// What one agent's counters grew by between two scrapes.
package struct Growth: Sendable {
    package let seconds: Double
    private let old: MetricsText
    private let new: MetricsText

    /// Nil where a counter went back, which is an agent that was started anew: what it counted between is not known.
    package init?(from old: AgentScrape, to new: AgentScrape) {
        for name in new.metrics.names where name.hasSuffix("_total") {
            let before = old.metrics[name]
            for (labels, value) in new.metrics[name] where value < before[labels] ?? 0 {
                return nil
            }
        }
        let span = (new.time - old.time).components
        seconds = max(Double(span.seconds) + Double(span.attoseconds) / 1e18, 0.001)
        self.old = old.metrics
        self.new = new.metrics
    }

    /// By the second. A series that was not there before began at nought: what is nought is not written for each pod.
    package func rates(of name: String) -> [MetricsText.Labels: Double] {
        let before = old[name]
        return new[name].reduce(into: [:]) { rates, entry in
            rates[entry.key] = (entry.value - (before[entry.key] ?? 0)) / seconds
        }
    }
}
