package import MetricSchema

/// One line of PromQL over a metric of the catalogue, for a panel of a dashboard: within what the dashboard's
/// variables choose.
package struct PanelQuery: Sendable {
    package let metric: MetricDescriptor
    package let expression: String
    /// What its series are told apart by.
    package let labels: [String]

    private init(_ metric: MetricDescriptor, _ expression: String, by labels: [String]) {
        self.metric = metric
        self.expression = expression
        self.labels = labels
    }

    /// How Grafana names a series of it.
    var legend: String { labels.map { "{{\($0)}}" }.joined(separator: " ") }

    /// How fast a counter grows, added up by labels; the `top` largest where there would be too many.
    static func rate(
        _ metric: MetricDescriptor, by labels: [String], where matcher: String = "",
        top: Int? = nil
    ) -> PanelQuery {
        let rate = "rate(\(metric.name)\(selector(metric, matcher))[$__rate_interval])"
        return PanelQuery(metric, limited(sum(rate, labels), top), by: labels)
    }

    /// A gauge, added up by labels or, where adding up makes no sense, the largest.
    static func value(
        _ metric: MetricDescriptor, by labels: [String], largest: Bool = false,
        where matcher: String = "", top: Int? = nil
    ) -> PanelQuery {
        let value = metric.name + selector(metric, matcher)
        return PanelQuery(
            metric,
            limited(largest ? "max by (\(list(labels))) (\(value))" : sum(value, labels), top),
            by: labels)
    }

    /// Of how many series of a gauge that is 0 or 1 it is 0.
    static func lacking(_ metric: MetricDescriptor) -> PanelQuery {
        PanelQuery(metric, "sum(1 - \(metric.name)\(selector(metric, "")))", by: [])
    }

    /// The latency that this part of all stays below.
    static func quantile(
        _ part: Double, _ metric: MetricDescriptor, by labels: [String], where matcher: String = "",
        top: Int? = nil
    ) -> PanelQuery {
        let buckets = "rate(\(metric.name)_bucket\(selector(metric, matcher))[$__rate_interval])"
        let quantile = "histogram_quantile(\(part), \(sum(buckets, labels + ["le"])))"
        return PanelQuery(metric, limited(quantile, top), by: labels)
    }

    /// One metric as a part of another, both added up by labels. Counters by how fast they grow.
    static func ratio(
        _ metric: MetricDescriptor, of whole: MetricDescriptor, by labels: [String],
        where matcher: String = "", wholeWhere: String = "", top: Int? = nil
    ) -> PanelQuery {
        func grown(_ metric: MetricDescriptor, _ matcher: String) -> String {
            let series = metric.name + selector(metric, matcher)
            return sum(
                metric.kind == .counter ? "rate(\(series)[$__rate_interval])" : series, labels)
        }
        return PanelQuery(
            metric, limited("\(grown(metric, matcher)) / \(grown(whole, wholeWhere))", top),
            by: labels)
    }

    /// What the dashboard's variables choose, and `matcher`.
    private static func selector(_ metric: MetricDescriptor, _ matcher: String) -> String {
        var matchers = [#"cluster=~"$cluster""#, #"instance=~"$instance""#]
        switch metric.level {
        case .node: break
        case .local: matchers += [#"namespace=~"$namespace""#, #"pod=~"$pod""#]
        case .remote:
            matchers += [#"source_namespace=~"$namespace""#, #"source_pod=~"$pod""#]
        }
        if !matcher.isEmpty { matchers.append(matcher) }
        return "{\(matchers.joined(separator: ","))}"
    }

    private static func sum(_ expression: String, _ labels: [String]) -> String {
        labels.isEmpty ? "sum(\(expression))" : "sum by (\(list(labels))) (\(expression))"
    }

    private static func limited(_ expression: String, _ top: Int?) -> String {
        top.map { "topk(\($0), \(expression))" } ?? expression
    }

    private static func list(_ labels: [String]) -> String { labels.joined(separator: ", ") }
}
