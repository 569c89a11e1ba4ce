/// Who has how much, by the second.
package struct TopReport: Sendable, Equatable, Encodable {
    package enum Scope: String, Sendable, CaseIterable {
        case nodes, namespaces, workloads, pods
    }

    package enum SortKey: String, Sendable, CaseIterable {
        case bytes, packets, drops, retransmits, connections, dns, name
    }

    /// Columns that an agent does not count, so that they are not in the sums.
    package struct Gap: Sendable, Equatable, Encodable {
        package let node: String
        package let columns: [String]
    }

    /// What is scraped for it.
    package static let metrics = TopColumn.metrics

    package private(set) var items: [TopRow] = []
    package private(set) var unreadable: [AgentProblem] = []
    /// Nodes whose counters went back: not in any row.
    package private(set) var restarted: [String] = []
    /// Nodes whose agent was read for the first time: not in any row yet.
    package private(set) var new: [String] = []
    package private(set) var notCounted: [Gap] = []

    /// By the growth between two readings of the same agents. `namespace` keeps only what is in it.
    package init(
        _ scope: Scope, from old: [AgentReading], to readings: [AgentReading],
        namespace: String? = nil
    ) {
        let before = Dictionary(
            old.compactMap { reading in reading.scrape.map { (reading.place.agent, $0) } },
            uniquingKeysWith: { $1 })
        var rows: [TopRow.Key: TopRow] = [:]
        for reading in readings {
            guard let now = reading.scrape else {
                if let problem = reading.problem { unreadable.append(problem) }
                continue
            }
            let node = reading.place.node
            guard let then = before[reading.place.agent] else {
                new.append(node)
                continue
            }
            guard let growth = Growth(from: then, to: now) else {
                restarted.append(node)
                continue
            }
            let counted = TopColumn.allCases.filter {
                $0.isCounted(in: then.metrics) && $0.isCounted(in: now.metrics)
            }
            if counted.count < TopColumn.allCases.count {
                let missing = TopColumn.allCases.filter { !counted.contains($0) }
                notCounted.append(Gap(node: node, columns: missing.map(\.rawValue)))
            }
            Self.add(growth, of: node, counted, scope, namespace, to: &rows)
        }
        items = rows.values.sorted { $0.key < $1.key }
    }

    private static func add(
        _ growth: Growth, of node: String, _ counted: [TopColumn], _ scope: Scope,
        _ namespace: String?, to rows: inout [TopRow.Key: TopRow]
    ) {
        if scope == .nodes {
            let key = TopRow.Key(name: node)
            rows[key, default: TopRow(key)].begin(counted)
        }
        for column in counted {
            for term in column.terms {
                let metric = scope == .nodes ? term.node : term.pod
                for (labels, rate) in growth.rates(of: metric.name) where term.fits(labels) {
                    if let namespace, labels["namespace"] != namespace { continue }
                    let key = TopRow.Key(scope, node: node, labels)
                    rows[key, default: TopRow(key)].begin(counted)
                    rows[key]?.rates[column, default: 0] += rate
                }
            }
        }
    }

    /// Largest first, and what is not known last; equal ones by name.
    package mutating func sort(by key: SortKey, limit: Int? = nil) {
        items.sort { one, other in
            if key != .name {
                let (mine, theirs) = (one.amount(key), other.amount(key))
                if mine != theirs { return mine ?? -1 > theirs ?? -1 }
            }
            return one.key < other.key
        }
        if let limit { items = Array(items.prefix(limit)) }
    }

    package var isComplete: Bool { unreadable.isEmpty }
}

/// One line of `top`.
package struct TopRow: Sendable, Equatable, Encodable {
    struct Key: Hashable, Sendable, Comparable {
        var node: String?
        var namespace: String?
        var kind: String?
        var name: String

        init(name: String) { self.name = name }

        /// Who a series of pods belongs to. What is over a metric's budget has no name left.
        init(_ scope: TopReport.Scope, node: String, _ labels: MetricsText.Labels) {
            let isFolded = labels["overflow"] == "true" && labels["pod"] == nil
            let pod = isFolded ? "(overflow)" : labels["pod"] ?? "(none)"
            name = pod
            switch scope {
            case .nodes: name = node
            case .namespaces: name = labels["namespace"] ?? (isFolded ? pod : "(none)")
            case .workloads:
                namespace = labels["namespace"]
                if let workload = labels["workload"] {
                    kind = labels["workload_kind"]
                    name = workload
                } else if namespace != nil {
                    kind = "Pod"
                }
            case .pods:
                self.node = node
                namespace = labels["namespace"]
            }
        }

        static func < (one: Key, other: Key) -> Bool {
            (one.namespace ?? "", one.kind ?? "", one.name, one.node ?? "")
                < (other.namespace ?? "", other.kind ?? "", other.name, other.node ?? "")
        }
    }

    let key: Key
    /// A column that no agent of the row counts is not in it.
    var rates: [TopColumn: Double] = [:]

    package var name: String { key.name }
    package var namespace: String? { key.namespace }

    init(_ key: Key) { self.key = key }

    package subscript(_ column: TopColumn) -> Double? { rates[column] }

    /// What is counted and has no series is nought.
    mutating func begin(_ counted: [TopColumn]) {
        for column in counted where rates[column] == nil { rates[column] = 0 }
    }

    func amount(_ key: TopReport.SortKey) -> Double? {
        switch key {
        case .bytes:
            rates[.ingressBytes].flatMap { bytes in rates[.egressBytes].map { bytes + $0 } }
        case .packets: rates[.packets]
        case .drops: rates[.drops]
        case .retransmits: rates[.retransmits]
        case .connections: rates[.connections]
        case .dns: rates[.dnsFailures]
        case .name: nil
        }
    }

    private struct Field: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encodeIfPresent(key.node, forKey: Field("node"))
        try fields.encodeIfPresent(key.namespace, forKey: Field("namespace"))
        try fields.encodeIfPresent(key.kind, forKey: Field("kind"))
        try fields.encode(key.name, forKey: Field("name"))
        for (column, rate) in rates { try fields.encode(rate, forKey: Field(column.rawValue)) }
    }
}
