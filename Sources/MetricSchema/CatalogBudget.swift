/// A metric by its name.
package struct MetricName: OpenLabel, Hashable {
    package static var name: String { "metric" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

// MARK: Series budgets

extension Catalog {
    package static let series = Metric(
        "fovea_series", .gauge, on: .both, budget: 1,
        help:
            "Series in this scrape, a histogram being one, without those that are said after counting."
    )
    package static let seriesLimit = Metric(
        "fovea_series_limit", .gauge, on: .both, budget: 1,
        help: "The most series that a scrape may have, all metrics together (server.series)."
    )
    package static let foldedSeries = Metric(
        "fovea_folded_series", .gauge, on: .both, labels: MetricName.self, budget: 1_000,
        help:
            "Series of the metric that share one with overflow=true, since there are more than its budget."
    )

    package static let budget: [MetricDescriptor] = [
        series.descriptor, seriesLimit.descriptor, foldedSeries.descriptor,
    ]
}
