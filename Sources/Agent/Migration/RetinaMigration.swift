import Yams

/// Turns files of Retina's into files of ours, and says what has no equivalent.
package struct RetinaMigration: Sendable {
    package private(set) var files: [MigratedFile] = []
    package private(set) var notes: [MigrationNote] = []
    /// How many files there are of a kind.
    private var counts: [String: Int] = [:]
    private var saysAnnotated = false

    /// Whether something that Retina did would not be done.
    package var losesSomething: Bool { notes.contains { $0.kind == .lost } }

    /// Each file may hold several documents: Retina's config.yaml, ConfigMaps with one in them, values of its chart, its
    /// MetricsConfigurations, lists of these.
    package init(_ sources: [(name: String, text: String)]) throws(AgentError) {
        for (name, text) in sources {
            var documents = 0
            for node in try Self.documents(text, in: name) where !node.isNothing {
                documents += 1
                try add(node, from: name)
            }
            if documents == 0 { throw AgentError("\(name): there is nothing in it") }
        }
    }

    private static func documents(_ text: String, in name: String) throws(AgentError) -> [Node] {
        do {
            return try Array(Yams.compose_all(yaml: text))
        } catch {
            throw AgentError("\(name): \(error)")
        }
    }

    private mutating func add(_ node: Node, from name: String) throws(AgentError) {
        guard let mapping = node.mapping else {
            throw AgentError(
                "\(name):\(node.mark?.line ?? 1): no document of Retina's: it holds no keys")
        }
        let place = Place(file: name, offset: 0)
        guard let kind = mapping["kind"]?.string, mapping["apiVersion"] != nil else {
            let isChart = [
                "image", "os", "daemonset", "enabledPlugin_linux", "volumeMounts", "metrics",
            ]
            .contains { mapping[$0] != nil }
            return isChart ? try addChart(mapping, place) : try addAgent(mapping, place, named: "")
        }
        let title = mapping["metadata"]?.mapping?["name"]?.string ?? ""
        switch kind {
        case "List", "ConfigMapList", "MetricsConfigurationList":
            for item in mapping["items"]?.sequence ?? [] { try add(item, from: name) }
        case "ConfigMap":
            try addConfigMap(mapping, place, named: title)
        case "MetricsConfiguration":
            let contexts = RetinaContexts(mapping, named: title)
            for said in contexts.notes {
                note(said.node, said.setting, said.kind, said.text, place)
            }
            try add("metricsconfiguration") { try contexts.text() }
        default:
            note(
                mapping["kind"], "\(kind) \(title)", .lost,
                "there is nothing for objects of this kind", place)
        }
    }

    /// A ConfigMap holds the agent's file or the operator's.
    private mutating func addConfigMap(
        _ mapping: Node.Mapping, _ place: Place, named title: String
    ) throws(AgentError) {
        for (key, value) in mapping["data"]?.mapping ?? Node.Mapping([]) {
            guard let scalar = value.scalar, let file = key.string else { continue }
            // The text begins on the line after the sign for it.
            let isBlock = scalar.style == .literal || scalar.style == .folded
            let line = (value.mark?.line ?? 1) - (isBlock ? 0 : 1)
            let inner = Place(file: place.file, offset: line)
            for node in try Self.documents(scalar.string, in: place.file) {
                guard let mapping = node.mapping else { continue }
                if file == "operator-config.yaml" {
                    var draft = MigrationDraft(systems: [])
                    translate(mapping, under: "", by: RetinaSetting.operatorFile, &draft, inner)
                } else {
                    try addAgent(mapping, inner, named: title)
                }
            }
        }
    }

    private mutating func addAgent(
        _ mapping: Node.Mapping, _ place: Place, named title: String
    ) throws(AgentError) {
        let known = Set(RetinaSetting.agent.map { $0.path.split(separator: ".")[0].lowercased() })
        guard mapping.keys.contains(where: { known.contains($0.string?.lowercased() ?? "") }) else {
            throw AgentError("\(place.file): no document of Retina's: none of its keys is in it")
        }
        let plugins = mapping["enabledPlugin"]?.words ?? []
        let isWindows =
            title.hasSuffix("-win")
            || plugins.contains { ["hnsstats", "pktmon", "ebpfwindows"].contains($0) }
        let system: MigrationDraft.System = isWindows ? .windows : .linux
        var draft = MigrationDraft(systems: [system])
        translate(mapping, under: "", by: RetinaSetting.agent, &draft, place)
        draft.finish()
        try add(isWindows ? "fovea-windows" : "fovea") { try draft.agentFile(system) }
        try addAnnotated(draft)
    }

    /// Retina's agents then go by annotations alone; one object is for all of ours.
    private mutating func addAnnotated(_ draft: MigrationDraft) throws(AgentError) {
        if !draft.isAnnotated || saysAnnotated { return }
        saysAnnotated = true
        try add("metricsconfiguration") {
            try RetinaContexts(annotatedOnlyNamed: "annotated").text()
        }
    }

    private mutating func addChart(
        _ mapping: Node.Mapping, _ place: Place
    ) throws(AgentError) {
        var draft = MigrationDraft(systems: [.linux, .windows])
        for (kind, monitor) in mapping["metrics"]?.mapping ?? Node.Mapping([])
        where monitor.mapping?["enabled"]?.isTrue == true {
            if let kind = kind.string { draft.monitors.insert(kind) }
        }
        // The chart's own come first: of two settings with the same path the first counts.
        let settings = RetinaSetting.chartValues + RetinaSetting.agent
        translate(mapping, under: "", by: settings, &draft, place)
        draft.finish()
        try add("values") { try draft.chartFile() }
        try addAnnotated(draft)
    }

    private mutating func add(_ name: String, _ text: () throws -> String) throws(AgentError) {
        counts[name, default: 0] += 1
        let count = counts[name] ?? 1
        do {
            files.append(
                MigratedFile(
                    name: count == 1 ? "\(name).yaml" : "\(name)-\(count).yaml",
                    text: try text()))
        } catch {
            throw AgentError("\(name): \(error)")
        }
    }

    /// Where a document's first line is in its file.
    private struct Place {
        let file: String
        let offset: Int
    }

    private mutating func note(
        _ node: Node?, _ setting: String, _ kind: MigrationNote.Kind, _ text: String, _ place: Place
    ) {
        notes.append(
            MigrationNote(
                file: place.file, line: (node?.mark?.line ?? 1) + place.offset, setting: setting,
                kind: kind, text: text))
    }

    private mutating func translate(
        _ mapping: Node.Mapping, under section: String, by settings: [RetinaSetting],
        _ draft: inout MigrationDraft, _ place: Place
    ) {
        for (key, value) in mapping {
            let path = section + (key.string ?? "?")
            // Retina reads keys in any case.
            let name = path.lowercased()
            let isSection =
                value.mapping != nil
                && settings.contains { $0.path.lowercased().hasPrefix(name + ".") }
            if isSection, let inner = value.mapping {
                translate(inner, under: path + ".", by: settings, &draft, place)
            } else if let setting = Self.setting(name, in: settings) {
                if case .said(let kind, let text) = setting.translate(value, &draft) {
                    note(key, path, kind, text, place)
                }
            } else {
                note(key, path, .lost, "this is no setting of Retina's that is known here", place)
            }
        }
    }

    /// Its own, or its section's.
    private static func setting(_ name: String, in settings: [RetinaSetting]) -> RetinaSetting? {
        settings.first { $0.path.lowercased() == name }
            ?? settings.first { name.hasPrefix($0.path.lowercased() + ".") }
    }
}
