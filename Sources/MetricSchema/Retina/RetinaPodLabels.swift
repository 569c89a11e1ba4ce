/// Where a pod's names are among the labels of one of our series.
struct PodLabelNames: Sendable {
    let namespace: String
    let pod: String
    let kind: String
    let workload: String

    static let own = PodLabelNames(prefix: "")
    static let source = PodLabelNames(prefix: "source_")
    static let destination = PodLabelNames(prefix: "destination_")

    private init(prefix: String) {
        namespace = prefix + "namespace"
        pod = prefix + "pod"
        kind = prefix + "workload_kind"
        workload = prefix + "workload"
    }
}

extension Retina {
    /// The labels that Retina has of a pod, by default.
    package static let podLabels = ["ip", "namespace", "podname", "workload_kind", "workload_name"]
    static let pairLabels = podLabels.map { "source_\($0)" } + podLabels.map { "destination_\($0)" }
    static let nobody = Array(repeating: RetinaNames.unknown, count: podLabels.count)

    /// Values of `podLabels`. To Retina whoever is no pod is unknown in all of them, and so are those that share a
    /// series.
    static func pod(
        _ series: SeriesLabels, _ at: PodLabelNames, _ names: inout RetinaNames
    ) -> [String] {
        let pod = series[at.pod]
        if pod.isEmpty || pod.contains(":") { return nobody }
        let namespace = series[at.namespace]
        return [
            names.address(of: PodName(namespace: namespace, pod: pod)), known(namespace), pod,
            known(series[at.kind]), known(series[at.workload]),
        ]
    }

    private static func known(_ value: String) -> String {
        value.isEmpty ? RetinaNames.unknown : value
    }

    /// A metric that Retina has by pod, and by source and destination.
    struct Scoped: Sendable {
        let local: MetricDescriptor
        let remote: MetricDescriptor

        init(
            _ name: String, _ labels: [String], _ kind: MetricKind = .gauge,
            on platforms: Platforms = .both, help: String
        ) {
            let make = kind == .gauge ? Retina.gauge : Retina.counter
            local = make("adv_\(name)", labels + podLabels, platforms, .local, help)
            remote = make("adv_\(name)", labels + pairLabels, platforms, .remote, help)
        }

        func rows(
            on platforms: Platforms = .both, by plugin: String, local: [RetinaRule],
            remote: [RetinaRule], difference: String = "", remoteDifference: String? = nil
        ) -> [RetinaRow] {
            [
                RetinaRow(
                    self.local, .local, on: platforms, by: plugin, .rules(local),
                    difference: difference),
                RetinaRow(
                    self.remote, .remote, on: platforms, by: plugin, .rules(remote),
                    difference: remoteDifference ?? difference),
            ]
        }

        /// From a metric of endpoints: the pod is one end, and the other is not known. `lead` gives the values of the
        /// labels before the pods'; `sends` says whether the series is of what the pod sent.
        func rows(
            of sources: [(MetricDescriptor, unless: MetricDescriptor?)],
            on platforms: Platforms = .both, by plugin: String, difference: String,
            sends: @escaping @Sendable (SeriesLabels) -> Bool,
            lead: @escaping @Sendable (SeriesLabels, RetinaContext) -> [String]?
        ) -> [RetinaRow] {
            let local = sources.map { source, alternative in
                RetinaRule(source, to: self.local, unless: alternative) { labels, names in
                    lead(labels, .local).map { $0 + Retina.pod(labels, .own, &names) }
                }
            }
            let remote = sources.map { source, alternative in
                RetinaRule(source, to: self.remote, unless: alternative) { labels, names in
                    guard let lead = lead(labels, .remote) else { return nil }
                    let pod = Retina.pod(labels, .own, &names)
                    return lead + (sends(labels) ? pod + nobody : nobody + pod)
                }
            }
            return rows(
                on: platforms, by: plugin, local: local, remote: remote, difference: difference,
                remoteDifference: [difference, "The pod's peer is unknown."]
                    .filter { !$0.isEmpty }.joined(separator: " "))
        }
    }

    /// Retina's word for a direction, which is a different one for pairs.
    static func direction(_ series: SeriesLabels, _ context: RetinaContext) -> String {
        let direction = series["direction"]
        return context == .remote ? direction.uppercased() : direction
    }

    static func isSent(_ series: SeriesLabels) -> Bool { series["direction"] == "egress" }
}
