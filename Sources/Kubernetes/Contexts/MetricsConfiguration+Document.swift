import MetricSchema
package import Observability

extension MetricsConfiguration {
    package static let apiVersion = "fovea.network/v1alpha1"
    package static let kind = "MetricsConfiguration"

    /// Reads a whole document, as a file has it. Anything it does not know is refused.
    package init(document: DocumentNode) throws(InvalidDocument) {
        var reader = DocumentReader()
        let fields = reader.fields(
            document, "", ["apiVersion", "kind", "metadata", "spec", "status"],
            required: ["apiVersion", "kind", "spec"])
        for (key, wanted) in [("apiVersion", Self.apiVersion), ("kind", Self.kind)] {
            guard let node = fields?[key], let text = reader.text(node, key) else { continue }
            if text != wanted { reader.refuse(node, key, "must be \(wanted), not '\(text)'") }
        }
        let configuration = fields?["spec"].map { reader.configuration($0) }
        guard let configuration, reader.problems.isEmpty else {
            throw InvalidDocument(reader.problems)
        }
        self = configuration
    }

    /// Reads the part that is not the same in all objects.
    package init(spec: DocumentNode) throws(InvalidDocument) {
        var reader = DocumentReader()
        let configuration = reader.configuration(spec)
        if !reader.problems.isEmpty { throw InvalidDocument(reader.problems) }
        self = configuration
    }

    /// The text of a file; problems have their lines.
    package init(yaml text: String) throws(InvalidDocument) {
        let document: DocumentNode
        do { document = try DocumentNode(yaml: text) } catch { throw InvalidDocument([error]) }
        try self.init(document: document)
    }
}

extension DocumentReader {
    fileprivate mutating func configuration(_ spec: DocumentNode) -> MetricsConfiguration {
        guard
            let fields = fields(
                spec, "spec", ["contexts", "namespaces"], required: ["contexts"])
        else { return MetricsConfiguration() }
        let namespaces =
            fields["namespaces"].map { self.namespaces($0, "spec.namespaces") }
            ?? NamespaceChoice.all
        guard let list = fields["contexts"], let items = items(list, "spec.contexts") else {
            return MetricsConfiguration()
        }
        if items.count > 100 {
            refuse(list, "spec.contexts", "holds at most 100, not \(items.count)")
        }
        return MetricsConfiguration(items.map { context($0, $1, within: namespaces) })
    }

    private mutating func context(
        _ node: DocumentNode, _ path: String, within namespaces: NamespaceChoice
    ) -> MetricContext {
        var context = MetricContext([], namespaces: namespaces)
        let keys = ["metrics", "levels", "pod", "source", "destination", "namespaces", "ttl"]
        guard let fields = fields(node, path, keys, required: ["metrics"]) else { return context }
        if let node = fields["metrics"], let texts = texts(node, "\(path).metrics") {
            if case .list(let items) = node.content, items.isEmpty {
                refuse(node, "\(path).metrics", "must name a metric")
            }
            for (pattern, node, path) in texts { check(pattern, node, path) }
            context.metrics = texts.map(\.0)
        }
        let named = MetricsConfiguration.subjects.filter { context.names($0) }
        if let node = fields["levels"], let texts = texts(node, "\(path).levels") {
            var levels: Set<MetricLevel> = []
            for (text, node, path) in texts {
                guard let level = choice(text, node, path, of: MetricLevel.self) else { continue }
                levels.insert(level)
                if !named.isEmpty, !named.contains(where: { $0.level == level }) {
                    refuse(node, path, "none of these metrics has the level \(level.rawValue)")
                }
            }
            context.levels = levels
        }
        for (key, level, part) in [
            ("pod", MetricLevel.local, \MetricContext.pod), ("source", .remote, \.source),
            ("destination", .remote, \.destination),
        ] {
            guard let node = fields[key] else { continue }
            let path = "\(path).\(key)"
            if !named.isEmpty,
                !named.contains(where: { $0.level == level && context.levels.contains(level) })
            {
                refuse(
                    node, path,
                    "is for metrics at the level \(level.rawValue), and this context has none")
            }
            if let labels = party(node, path, isPod: key == "pod") {
                context[keyPath: part] = labels
            }
        }
        if let node = fields["namespaces"] {
            context.namespaces = self.namespaces(node, "\(path).namespaces")
        }
        if let node = fields["ttl"], let text = text(node, "\(path).ttl") {
            context.ttl = ttl(text, node, "\(path).ttl")
        }
        return context
    }

    private mutating func check(_ pattern: String, _ node: DocumentNode, _ path: String) {
        let one = MetricContext([pattern])
        if MetricsConfiguration.subjects.contains(where: { one.names($0) }) { return }
        if Catalog.own.contains(where: { one.names($0) }) {
            refuse(
                node, path,
                "'\(pattern)' is what the agent says of itself, which is always written")
            return
        }
        let hint = pattern.nearest(among: MetricsConfiguration.subjects.map(\.name))
        refuse(
            node, path,
            "no metric is called '\(pattern)'" + (hint.map { "; did you mean '\($0)'?" } ?? ""))
    }

    private mutating func party(
        _ node: DocumentNode, _ path: String, isPod: Bool
    ) -> PartyLabels? {
        guard let fields = fields(node, path, ["labels", "podLabels"]) else { return nil }
        var result = PartyLabels.standard
        if let node = fields["labels"], let texts = texts(node, "\(path).labels") {
            result.labels = []
            for (text, node, path) in texts {
                guard let label = choice(text, node, path, of: ContextLabel.self) else { continue }
                if isPod, label == .port {
                    refuse(node, path, "what is counted of one pod is not told by port")
                }
                result.labels.insert(label)
            }
        }
        if let node = fields["podLabels"], let texts = texts(node, "\(path).podLabels") {
            var names: [String: String] = [:]
            for (text, node, path) in texts {
                if !Self.isLabel(text) {
                    refuse(node, path, "'\(text)' cannot be the name of a pod's label")
                }
                let name = PartyLabels.name(ofPodLabel: text)
                if let other = names[name] {
                    refuse(node, path, "'\(text)' would have the name of '\(other)', \(name)")
                }
                names[name] = text
                result.podLabels.append(text)
            }
            if texts.count > 16 { refuse(node, "\(path).podLabels", "holds at most 16 labels") }
        }
        return result
    }

    private mutating func namespaces(_ node: DocumentNode, _ path: String) -> NamespaceChoice {
        guard let fields = fields(node, path, ["include", "exclude"]) else { return .all }
        if fields.count != 1 {
            refuse(node, path, "takes include or exclude, and not both")
            return .all
        }
        guard let (key, node) = fields.first, let texts = texts(node, "\(path).\(key)") else {
            return .all
        }
        let names = Set(texts.map(\.0))
        return key == "include" ? .include(names) : .exclude(names)
    }

    private mutating func ttl(_ text: String, _ node: DocumentNode, _ path: String) -> Duration? {
        if let duration = Self.duration(text), duration >= .seconds(30),
            duration <= .seconds(86_400)
        {
            return duration
        }
        refuse(node, path, "takes a time from 30s to 24h, such as 90s, 10m or 1h30m, not '\(text)'")
        return nil
    }

    /// `1h30m`: numbers with their units, the larger first.
    private static func duration(_ text: String) -> Duration? {
        var seconds = 0
        var digits = ""
        var units: [Character: Int] = ["h": 3_600, "m": 60, "s": 1]
        for letter in text {
            if letter.isASCII, letter.isNumber, digits.count < 6 {
                digits.append(letter)
                continue
            }
            guard let unit = units[letter], let number = Int(digits) else { return nil }
            seconds += number * unit
            digits = ""
            units = units.filter { $0.value < unit }
        }
        return digits.isEmpty && !text.isEmpty ? .seconds(seconds) : nil
    }

    /// A name of at most 63 letters, behind a DNS name and a slash where there is one.
    private static func isLabel(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.last, let first = text.utf8.first,
            (1...63).contains(name.utf8.count), text.utf8.count <= 317
        else { return false }
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        return isAlphanumeric(first)
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.utf8.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
            }
    }
}
