package import MetricSchema

/// Whose pods have series of their own.
package enum NamespaceChoice: Sendable, Equatable {
    case all
    case include(Set<String>)
    case exclude(Set<String>)

    package func holds(_ namespace: String) -> Bool {
        switch self {
        case .all: true
        case .include(let names): names.contains(namespace)
        case .exclude(let names): !names.contains(namespace)
        }
    }
}

/// How some metrics are written: at which levels, by which labels, of which pods and for how long.
package struct MetricContext: Sendable, Equatable {
    /// Names and patterns: `*` is any letters.
    package var metrics: [String]
    package var levels: Set<MetricLevel>
    /// Of metrics of one pod; of those of two, `source` and `destination`.
    package var pod: PartyLabels
    package var source: PartyLabels
    package var destination: PartyLabels
    package var namespaces: NamespaceChoice
    /// How long a counter's series stays without growing; nil is for as long as its pods are there, and a while.
    package var ttl: Duration?

    package init(
        _ metrics: [String], levels: Set<MetricLevel> = Set(MetricLevel.allCases),
        pod: PartyLabels = .standard, source: PartyLabels = .standard,
        destination: PartyLabels = .standard, namespaces: NamespaceChoice = .all,
        ttl: Duration? = nil
    ) {
        self.metrics = metrics
        self.levels = levels
        self.pod = pod
        self.source = source
        self.destination = destination
        self.namespaces = namespaces
        self.ttl = ttl
    }

    package func names(_ metric: MetricDescriptor) -> Bool {
        metrics.contains { Self.pattern($0, matches: metric.name) }
    }

    /// Whether the name is the pattern, in which `*` stands for any letters and for none.
    package static func pattern(_ pattern: String, matches name: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last else {
            return pattern == name
        }
        guard name.hasPrefix(first), name.hasSuffix(last), name.count >= first.count + last.count
        else { return false }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}

/// What is asked of a node's metrics. A metric is as the first context says that names it, and as ever where none does.
package struct MetricsConfiguration: Sendable, Equatable {
    package var contexts: [MetricContext]

    package init(_ contexts: [MetricContext] = []) {
        self.contexts = contexts
    }

    /// Those that contexts are about: all but what the agent says of itself.
    package static let subjects: [MetricDescriptor] = Catalog.all.filter { metric in
        !Catalog.own.contains { $0 === metric }
    }

    package func context(of metric: MetricDescriptor) -> MetricContext? {
        contexts.first { $0.names(metric) }
    }

    /// What has to be told of flows beside who talks to whom.
    package var flowDetail: FlowDetail {
        var detail = FlowDetail()
        for metric in Self.subjects where metric.level == .remote {
            guard let context = context(of: metric), context.levels.contains(.remote) else {
                continue
            }
            if context.source.labels.contains(.ip) { detail.ends.insert(.sourceAddress) }
            if context.destination.labels.contains(.ip) { detail.ends.insert(.destinationAddress) }
            if context.source.labels.contains(.port) { detail.ends.insert(.sourcePort) }
            if context.destination.labels.contains(.port) { detail.ends.insert(.destinationPort) }
            detail.life = max(detail.life, context.ttl ?? .zero)
        }
        return detail
    }
}
