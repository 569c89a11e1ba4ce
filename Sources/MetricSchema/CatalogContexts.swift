// MARK: What a configuration of metrics leaves out

extension Catalog {
    package static let contextsAccepted = Metric(
        "fovea_metrics_configuration_accepted", .gauge, on: .both, budget: 1,
        help:
            "1 where the newest configuration of metrics is in force; 0 where it is refused and an earlier one stays."
    )
    package static let unselectedSeries = Metric(
        "fovea_unselected_series", .gauge, on: .both, labels: MetricName.self, budget: 1_000,
        help:
            "Series of pods that contexts do not choose; they share those of the metric with unselected=true."
    )
    package static let expiredSeries = Metric(
        "fovea_expired_series", .gauge, on: .both, labels: MetricName.self, budget: 1_000,
        help:
            "Series of the metric that are not written, since they have not grown for as long as their context says."
    )
    package static let flowEndsUntoldPackets = Metric(
        "fovea_untold_flow_ends_packets_total", .counter, budget: 1,
        help:
            "Packets whose addresses and ports a context asks for, and found no room; their series are without."
    )

    package static let contexts: [MetricDescriptor] = [
        contextsAccepted.descriptor, unselectedSeries.descriptor, expiredSeries.descriptor,
        flowEndsUntoldPackets.descriptor,
    ]

    /// What the agent says of itself, whatever it is told to write.
    package static let own: [MetricDescriptor] =
        agent + budget + contexts + waiting + cluster.filter { $0 !== zoneBytes.descriptor }

    /// Where a series that loses its place is counted in another one from then on.
    package static let movingSeries: [MetricDescriptor] = [
        podDNSNameQueries.descriptor, podDNSNameResponses.descriptor,
    ]
}
