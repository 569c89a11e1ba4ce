import MetricSchema

/// Says where a series of one metric goes in its context.
struct SeriesRewriter {
    enum Place: Equatable, Sendable {
        /// It is nobody's yet, and what it counts will go over to somebody's series.
        case apart
        case series([UInt8])
        /// Of a pod that is not chosen; it shares the series.
        case unselected([UInt8])
    }

    /// Where it goes, and whether that was said knowing all there is to know.
    struct Placement: Sendable {
        let place: Place
        let isSettled: Bool
    }

    let metric: MetricDescriptor
    let context: MetricContext
    let facts: (any PodFactsSource)?

    func placement(of labels: [UInt8]) -> Placement {
        let series = SeriesLabels(labels)
        let isRemote = metric.level == .remote
        let parties =
            isRemote
            ? [
                SeriesParty(series, prefix: "source_", hasEnds: true),
                SeriesParty(series, prefix: "destination_", hasEnds: true),
            ] : [SeriesParty(series, prefix: "", hasEnds: false)]
        if facts != nil, parties.contains(where: \.isProvisional) {
            return Placement(place: .apart, isSettled: false)
        }
        let wanted = isRemote ? [context.source, context.destination] : [context.pod]
        let known = parties.map { party in facts.flatMap { party.facts(from: $0) } }
        let isSettled =
            facts == nil || zip(parties, known).allSatisfy { $0.name == nil || $1 != nil }
        let own = isRemote && series["direction"] != "egress" ? 1 : 0
        let taken = Set(parties.flatMap(\.labelNames))
        var text = LabelText()
        text.begin()
        if isSelected(parties[own], known[own]) {
            for (place, party) in parties.enumerated() {
                party.write(wanted[place], known[place] ?? PodFacts(), facts, to: &text)
            }
            for pair in series.pairs where !taken.contains(pair.name) {
                text.append(name: pair.name, value: pair.value)
            }
            return Placement(place: .series(text.bytes), isSettled: isSettled)
        }
        for pair in series.pairs where metric.closedValues[pair.name] != nil {
            text.append(name: pair.name, value: pair.value)
        }
        text.append(name: "unselected", value: "true")
        return Placement(place: .unselected(text.bytes), isSettled: isSettled)
    }

    /// Only pods are chosen; the node itself is one series.
    private func isSelected(_ party: SeriesParty, _ facts: PodFacts?) -> Bool {
        guard let name = party.name else { return true }
        return facts?.isObserved ?? context.namespaces.holds(name.namespace)
    }
}

/// One end of a series, by its labels.
private struct SeriesParty {
    let prefix: String
    let labelNames: [String]
    private let namespace: String
    private let pod: String
    private let kind: String
    private let workload: String
    private let ip: String
    private let port: String

    init(_ series: SeriesLabels, prefix: String, hasEnds: Bool) {
        self.prefix = prefix
        var names = ["namespace", "pod", "workload_kind", "workload"]
        if hasEnds { names += ["ip", "port"] }
        labelNames = names.map { prefix + $0 }
        namespace = series[prefix + "namespace"]
        pod = series[prefix + "pod"]
        kind = series[prefix + "workload_kind"]
        workload = series[prefix + "workload"]
        ip = hasEnds ? series[prefix + "ip"] : ""
        port = hasEnds ? series[prefix + "port"] : ""
    }

    /// Nil for whoever is no pod.
    var name: PodName? {
        pod.isEmpty || pod.contains(":") ? nil : PodName(namespace: namespace, pod: pod)
    }

    /// An endpoint that the cluster has not named.
    var isProvisional: Bool { name != nil && namespace.isEmpty }

    func facts(from source: any PodFactsSource) -> PodFacts? {
        if let name { return source.facts(of: name) }
        var facts = PodFacts()
        if pod.hasPrefix("node:") {
            facts.node = String(pod.dropFirst("node:".count))
        } else if pod == Identity.node.pod {
            facts.node = source.node
        }
        if !facts.node.isEmpty { facts.zone = source.zone(ofNode: facts.node) }
        return facts
    }

    func write(
        _ wanted: PartyLabels, _ facts: PodFacts, _ source: (any PodFactsSource)?,
        to text: inout LabelText
    ) {
        func append(_ label: ContextLabel, _ name: String, _ value: String) {
            if wanted.labels.contains(label) { text.append(name: prefix + name, value: value) }
        }
        append(.namespace, "namespace", namespace)
        append(.pod, "pod", pod)
        if workload.isEmpty, !wanted.labels.contains(.pod) {
            // Whoever has no workload is told by its own name, lest they all be one.
            append(.workload, "workload_kind", name == nil ? "" : "Pod")
            append(.workload, "workload", pod)
        } else {
            append(.workload, "workload_kind", kind)
            append(.workload, "workload", workload)
        }
        append(.ip, "ip", ip.isEmpty ? facts.address?.description ?? "" : ip)
        append(.port, "port", port)
        append(.service, "service", service)
        append(.node, "node", facts.node)
        append(.zone, "zone", facts.zone)
        if isInside { append(.cluster, "cluster", source?.cluster ?? "") }
        for label in wanted.podLabels {
            text.append(
                name: prefix + PartyLabels.name(ofPodLabel: label), value: facts.labels[label] ?? ""
            )
        }
    }

    /// Pods, nodes and services, and who has one's address.
    private var isInside: Bool {
        name != nil || pod.hasPrefix("node:") || pod.hasPrefix("service:")
            || [Identity.node.pod, Identity.cluster.pod, Identity.translated.pod].contains(pod)
    }

    private var service: String {
        pod.hasPrefix("service:") ? String(pod.dropFirst("service:".count)) : ""
    }
}
