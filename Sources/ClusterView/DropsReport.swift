import MetricSchema

/// Who loses packets, where, why, and which policies say so.
package struct DropsReport: Sendable, Encodable {
    package struct Drop: Sendable, Equatable, Encodable, LossRow {
        package let node: String
        package let namespace: String?
        package let pod: String
        package let direction: String
        package let reason: String
        /// Since the agent started.
        package let packets: Double
        /// Nil where the agent was started between two readings.
        package let packetsPerSecond: Double?
    }

    /// A closer look at drops that are among the above: the netfilter hook they happened in.
    package struct Hook: Sendable, Equatable, Encodable, LossRow {
        package let node: String
        package let namespace: String?
        package let pod: String
        package let direction: String
        package let family: String
        package let hook: String
        package let packets: Double
        package let packetsPerSecond: Double?
    }

    /// And the network policies that do not allow them, computed from the policies' text.
    package struct Policy: Sendable, Equatable, Encodable, LossRow {
        package let node: String
        package let namespace: String?
        package let pod: String
        package let direction: String
        package let policies: String
        package let packets: Double
        package let packetsPerSecond: Double?
    }

    /// Connections that pods could not open and that network policies do not allow, of either end; computed, too.
    package struct Connection: Sendable, Equatable, Encodable, LossCount {
        package let node: String
        package let namespace: String?
        package let pod: String
        package let destinationNamespace: String?
        package let destination: String
        package let direction: String
        package let policies: String
        package let reason: String
        package let connections: Double
        package let connectionsPerSecond: Double?

        var lost: Double { connections }
        var lostPerSecond: Double? { connectionsPerSecond }
    }

    /// All that a node dropped for one reason, its pods' and what is nobody's.
    package struct NodeDrop: Sendable, Equatable, Encodable, PacketLoss {
        package let node: String
        package let direction: String
        package let reason: String
        package let packets: Double
        package let packetsPerSecond: Double?
    }

    /// What is scraped for it.
    package static let metrics = Set(
        [
            Catalog.podDropPackets.descriptor, Catalog.podNetfilterDrops.descriptor,
            Catalog.policyDeniedPackets.descriptor, Catalog.policyDeniedConnections.descriptor,
            Catalog.nodeDropPackets.descriptor,
            Catalog.collectorSuccess.descriptor, Catalog.agentCPU.descriptor,
        ].map(\.name))

    package private(set) var drops: [Drop] = []
    package private(set) var hooks: [Hook] = []
    package private(set) var policies: [Policy] = []
    package private(set) var connections: [Connection] = []
    /// None where only one namespace is looked at.
    package private(set) var nodes: [NodeDrop] = []
    package private(set) var unreadable: [AgentProblem] = []
    package private(set) var restarted: [String] = []
    /// Nodes whose agent does not count drops: that it shows none means nothing.
    package private(set) var notCounted: [String] = []

    package init(
        from old: [AgentReading], to readings: [AgentReading], namespace: String? = nil
    ) {
        let before = Dictionary(
            old.compactMap { reading in reading.scrape.map { (reading.place.agent, $0) } },
            uniquingKeysWith: { $1 })
        for reading in readings {
            guard let now = reading.scrape else {
                if let problem = reading.problem { unreadable.append(problem) }
                continue
            }
            let node = reading.place.node
            let then = before[reading.place.agent]
            let growth = then.flatMap { Growth(from: $0, to: now) }
            if then != nil, growth == nil { restarted.append(node) }
            if !TopColumn.drops.isCounted(in: now.metrics) { notCounted.append(node) }
            let series = Series(metrics: now.metrics, growth: growth, namespace: namespace)
            drops += series.rows(Catalog.podDropPackets.descriptor) {
                Drop(
                    node: node, namespace: $0["namespace"], pod: Self.pod($0),
                    direction: $0["direction"] ?? "", reason: $0["reason"] ?? "", packets: $1,
                    packetsPerSecond: $2)
            }
            nodes += series.rows(Catalog.nodeDropPackets.descriptor) {
                NodeDrop(
                    node: node, direction: $0["direction"] ?? "", reason: $0["reason"] ?? "",
                    packets: $1, packetsPerSecond: $2)
            }
            hooks += series.rows(Catalog.podNetfilterDrops.descriptor) {
                Hook(
                    node: node, namespace: $0["namespace"], pod: Self.pod($0),
                    direction: $0["direction"] ?? "", family: $0["family"] ?? "",
                    hook: $0["hook"] ?? "", packets: $1, packetsPerSecond: $2)
            }
            policies += series.rows(Catalog.policyDeniedPackets.descriptor) {
                Policy(
                    node: node, namespace: $0["namespace"], pod: Self.pod($0),
                    direction: $0["direction"] ?? "", policies: $0["policy"] ?? "", packets: $1,
                    packetsPerSecond: $2)
            }
            connections += series.rows(Catalog.policyDeniedConnections.descriptor) {
                Connection(
                    node: node, namespace: $0["source_namespace"], pod: Self.pod($0, "source_"),
                    destinationNamespace: $0["destination_namespace"],
                    destination: Self.pod($0, "destination_"), direction: $0["direction"] ?? "",
                    policies: $0["policy"] ?? "", reason: $0["reason"] ?? "", connections: $1,
                    connectionsPerSecond: $2)
            }
        }
        drops.sort { $0.isMore(than: $1) }
        hooks.sort { $0.isMore(than: $1) }
        policies.sort { $0.isMore(than: $1) }
        connections.sort { $0.isMore(than: $1) }
        nodes.sort { $0.isMore(than: $1) }
    }

    /// Only the first of each.
    package mutating func keep(_ limit: Int) {
        drops = Array(drops.prefix(limit))
        hooks = Array(hooks.prefix(limit))
        policies = Array(policies.prefix(limit))
        connections = Array(connections.prefix(limit))
        nodes = Array(nodes.prefix(limit))
    }

    package var isComplete: Bool { unreadable.isEmpty }

    private static func pod(_ labels: MetricsText.Labels, _ prefix: String = "") -> String {
        labels[prefix + "pod"] ?? (labels["overflow"] == "true" ? "(overflow)" : "(none)")
    }

    /// Series of one agent, those that are nought left out.
    private struct Series {
        let metrics: MetricsText
        let growth: Growth?
        let namespace: String?

        func rows<Row>(
            _ metric: MetricDescriptor, _ row: (MetricsText.Labels, Double, Double?) -> Row
        ) -> [Row] {
            let rates = growth?.rates(of: metric.name)
            // Sorted, so that equal ones come in the same order each time.
            return metrics[metric.name].filter { labels, value in
                value > 0
                    && (namespace == nil
                        || ["namespace", "source_namespace", "destination_namespace"]
                            .contains { labels[$0] == namespace })
            }
            .map { (text: $0.key.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }, $0) }
            .sorted { $0.text.lexicographicallyPrecedes($1.text) }
            .map { row($0.1.key, $0.1.value, rates?[$0.1.key]) }
        }
    }
}

/// A row that says how much was lost.
protocol LossCount {
    var lost: Double { get }
    var lostPerSecond: Double? { get }
}

/// How many packets, and whose they were.
protocol LossRow: PacketLoss {
    var namespace: String? { get }
    var pod: String { get }
}

protocol PacketLoss: LossCount {
    var node: String { get }
    var direction: String { get }
    var packets: Double { get }
    var packetsPerSecond: Double? { get }
}

extension PacketLoss {
    var lost: Double { packets }
    var lostPerSecond: Double? { packetsPerSecond }
}

extension LossCount {
    /// What goes on now comes first.
    fileprivate func isMore(than other: Self) -> Bool {
        (lostPerSecond ?? -1, lost) > (other.lostPerSecond ?? -1, other.lost)
    }
}
