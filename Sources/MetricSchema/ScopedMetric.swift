/// The same number twice: of the node's own network namespace, and of each endpoint's. The two are never
/// added up: an endpoint's is not in the node's.
package struct ScopedMetric<each L: Label>: Sendable {
    package let node: MetricDescriptor
    package let pod: MetricDescriptor

    /// `name` is what follows `fovea_node_` and `fovea_pod_`; `series` the most that one namespace writes.
    package init(
        _ name: String, _ kind: MetricKind, _ unit: MetricUnit = .none,
        on platforms: Platforms = .linux, labels: repeat (each L).Type, series: Int,
        retina: String? = nil, help: String
    ) {
        node = MetricDescriptor(
            name: "fovea_node_\(name)", kind: kind, unit: unit,
            help: "\(help) Of the node's own network namespace.", level: .node,
            platforms: platforms,
            labels: repeat each labels, budget: series, retina: retina)
        pod = MetricDescriptor(
            name: "fovea_pod_\(name)", kind: kind, unit: unit,
            help: "\(help) Of the endpoint's network namespace.", level: .local,
            platforms: platforms, labels: PodLabel.self, repeat each labels, budget: series * 500,
            retina: nil)
    }

    package var descriptors: [MetricDescriptor] { [node, pod] }
}
