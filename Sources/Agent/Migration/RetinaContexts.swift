import Kubernetes
import MetricSchema
import Observability
import Yams

/// One of Retina's MetricsConfigurations as one of ours. Retina takes the labels of a pod from those of the source, and
/// those of source and destination only where its agent has the remote context; ours has both, since a metric of pods
/// and one of pairs are two here.
struct RetinaContexts {
    struct Note {
        let node: Node?
        let setting: String
        let kind: MigrationNote.Kind
        let text: String
    }

    private(set) var notes: [Note] = []
    private var contexts: [(name: String, node: Node)] = []
    private var namespaces: Node.Mapping?
    private let title: String

    init(_ document: Node.Mapping, named title: String) {
        self.title = title
        guard let spec = document["spec"]?.mapping else {
            note(document["kind"], "spec", .lost, "there is none")
            return
        }
        for (key, value) in spec {
            switch key.string {
            case "contextOptions": addOptions(value)
            case "namespaces": addNamespaces(value)
            default: noteUnknown(key, "spec.")
            }
        }
        for (key, _) in document
        where !["apiVersion", "kind", "metadata", "spec", "status"].contains(key.string) {
            noteUnknown(key, "")
        }
    }

    /// What Retina does with `enableAnnotations`: of those that are annotated, and of no others.
    init(annotatedOnlyNamed title: String) {
        self.title = title
        var choice = Node.Mapping([])
        choice[Node("include")] = Self.list([])
        namespaces = choice
    }

    func text() throws -> String {
        var spec = Node.Mapping([])
        if let namespaces { spec[Node("namespaces")] = .mapping(namespaces) }
        var all = contexts.map(\.node)
        if namespaces != nil {
            // Retina's choice of namespaces is for all metrics of pods, and ours for those that a context names.
            var rest = Node.Mapping([])
            rest[Node("metrics")] = Self.list(["fovea_pod_*", "fovea_flow_*"])
            all.append(.mapping(rest))
        }
        spec[Node("contexts")] = Node(all, Tag(.seq), all.isEmpty ? .flow : .any)
        var root = Node.Mapping([])
        root[Node("apiVersion")] = Node(MetricsConfiguration.apiVersion)
        root[Node("kind")] = Node(MetricsConfiguration.kind)
        var metadata = Node.Mapping([])
        metadata[Node("name")] = Node(title.isEmpty ? "default" : title)
        root[Node("metadata")] = .mapping(metadata)
        root[Node("spec")] = .mapping(spec)
        return try Yams.serialize(node: Node.mapping(root), width: -1, allowUnicode: true)
    }

    // MARK: Metrics

    private mutating func addOptions(_ node: Node) {
        for (number, option) in (node.sequence ?? []).enumerated() {
            let path = "spec.contextOptions[\(number)]"
            guard let fields = option.mapping, let name = fields["metricName"]?.string else {
                note(option, path, .lost, "it names no metric")
                continue
            }
            if let place = contexts.firstIndex(where: { $0.name == name }) {
                note(option, path, .needless, "of two for \(name) Retina goes by the last")
                contexts.remove(at: place)
            }
            add(name, fields, path)
        }
        if contexts.contains(where: { $0.name == "forward_count" || $0.name == "forward_bytes" }) {
            note(
                node, "spec.contextOptions", .open,
                "metrics that it does not name are written by pod as well: a context with levels: [node] leaves them out"
            )
        }
    }

    private mutating func add(_ name: String, _ fields: Node.Mapping, _ path: String) {
        guard let metric = RetinaContextMetric.all.first(where: { $0.name == name }) else {
            note(
                fields["metricName"], "\(path).metricName", .lost,
                "Retina has no metric of pods that is called \(name)")
            return
        }
        if metric.metrics.isEmpty {
            note(fields["metricName"], "\(path).metricName", .needless, metric.remark)
            return
        }
        var context = Node.Mapping([])
        context[Node("metrics")] = Self.list(metric.metrics.map(\.name))
        let source = labels(fields["sourceLabels"], "\(path).sourceLabels")
        context[Node("pod")] = Self.party(source.filter { $0 != .port })
        if metric.hasPairs {
            context[Node("source")] = Self.party(source)
            context[Node("destination")] = Self.party(
                labels(fields["destinationLabels"], "\(path).destinationLabels"))
        } else if let node = fields["destinationLabels"], !node.isNothing {
            note(node, "\(path).destinationLabels", .lost, metric.remark)
        }
        if source.contains(.port) {
            note(
                fields["sourceLabels"], "\(path).sourceLabels", .lost,
                metric.hasPairs
                    ? "port: what is counted of one pod is not told by port, what is counted of two is"
                    : "port: what is counted of one pod is not told by port")
        }
        for label in fields["additionalLabels"]?.words ?? [] where label != "direction" {
            note(
                fields["additionalLabels"], "\(path).additionalLabels", .lost,
                "\(label): there is no such label")
        }
        if let node = fields["ttl"], let ttl = ttl(node, "\(path).ttl") {
            context[Node("ttl")] = Node("\(ttl)s")
        }
        for (key, _) in fields
        where ![
            "metricName", "sourceLabels", "destinationLabels", "additionalLabels", "ttl",
        ].contains(key.string) {
            noteUnknown(key, "\(path).")
        }
        contexts.append((name, .mapping(context)))
    }

    /// In the order of ours. Retina reads names in any case, and leaves out those it does not know.
    private mutating func labels(_ node: Node?, _ path: String) -> [ContextLabel] {
        var found: Set<ContextLabel> = []
        for word in node?.words ?? [] {
            let name = word.lowercased()
            if let label = name == "podname" ? .pod : ContextLabel(rawValue: name),
                name != "pod", label != .node
            {
                found.insert(label)
            } else {
                note(node, path, .lost, "\(word): Retina has no such label")
            }
        }
        return ContextLabel.allCases.filter(found.contains)
    }

    // MARK: Namespaces

    private mutating func addNamespaces(_ node: Node) {
        guard let fields = node.mapping, !fields.isEmpty else { return }
        for (key, value) in fields {
            guard let name = key.string, name == "include" || name == "exclude" else {
                noteUnknown(key, "spec.namespaces.")
                continue
            }
            if namespaces != nil {
                note(
                    key, "spec.namespaces.\(name)", .lost,
                    "it takes include or exclude, here as in Retina, and not both")
                continue
            }
            var choice = Node.Mapping([])
            choice[Node(name)] = Self.list(value.words)
            namespaces = choice
        }
    }

    // MARK: Times

    /// Seconds; nil for none.
    private mutating func ttl(_ node: Node, _ path: String) -> Int? {
        let text = node.string ?? ""
        guard let seconds = Self.seconds(text) else {
            note(node, path, .lost, "'\(text)' is no time")
            return nil
        }
        if seconds == 0 { return nil }
        let taken = min(max(Int(seconds.rounded(.up)), 30), 86_400)
        if Double(taken) != seconds {
            note(node, path, .open, "\(text) became \(taken)s: it is 30s to 24h, in whole seconds")
        }
        return taken
    }

    /// As Go writes times: `1h30m`, `1.5s`, `500ms`.
    private static func seconds(_ text: String) -> Double? {
        if text == "0" { return 0 }
        var rest = Substring(text)
        var total = 0.0
        let units = [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60.0)]
        while !rest.isEmpty {
            let digits = rest.prefix { $0 == "." || $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = (units + [("h", 3_600)]).first {
                rest.prefix { $0.isLetter } == $0.0
            }
            guard let number = Double(digits), let unit else { return nil }
            rest = rest.dropFirst(unit.0.count)
            total += number * unit.1
        }
        return text.isEmpty ? nil : total
    }

    // MARK: Pieces

    private mutating func note(
        _ node: Node?, _ setting: String, _ kind: MigrationNote.Kind, _ text: String
    ) {
        notes.append(Note(node: node, setting: setting, kind: kind, text: text))
    }

    private mutating func noteUnknown(_ key: Node, _ section: String) {
        note(
            key, section + (key.string ?? "?"), .lost,
            "this is no field of Retina's that is known here")
    }

    private static func list(_ words: [String]) -> Node {
        Node(words.map { Node($0) }, Tag(.seq), .flow)
    }

    private static func party(_ labels: [ContextLabel]) -> Node {
        var party = Node.Mapping([])
        party[Node("labels")] = list(labels.map(\.rawValue))
        return .mapping(party)
    }
}
