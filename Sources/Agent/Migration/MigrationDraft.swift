import Yams

/// A configuration of ours under way.
struct MigrationDraft {
    enum System: CaseIterable {
        case linux, windows
    }

    /// Whose configuration it is; both for a chart's.
    let systems: [System]
    private var config: [System: [(path: String, value: Node)]] = [:]
    private var chart: [(path: String, value: Node)] = []

    // What takes several of Retina's settings to tell.
    var isPodLevel = false
    var isRemote = false
    /// Only pods that are annotated have metrics of their own.
    var isAnnotated = false
    var plugins: Set<String> = []
    var wantsWindows = true
    /// Those of Prometheus that are on.
    var monitors: Set<String> = []

    init(systems: [System]) {
        self.systems = systems
    }

    /// A key of the agent's configuration.
    mutating func set(_ key: String, _ value: Node, on wanted: [System] = System.allCases) {
        for system in wanted where systems.contains(system) {
            config[system, default: []].removeAll { $0.path == key }
            config[system, default: []].append((key, value))
        }
    }

    /// A value of the chart.
    mutating func set(chart path: String, _ value: Node) {
        chart.removeAll { $0.path == path }
        chart.append((path, value))
    }

    /// What follows from several settings.
    mutating func finish() {
        set("compatibility", Node([Node("retina")], Tag(.seq), .flow))
        set("retina.context", Node(isPodLevel ? isRemote ? "remote" : "local" : "basic"))
        if isPodLevel, plugins.contains("dns") { set("dns.names", Node("true"), on: [.linux]) }
        if plugins.contains("pktmon") {
            set("windows.packet-stream", Node("true"), on: [.windows])
        }
    }

    func agentFile(_ system: System) throws -> String {
        try Self.text(config[system] ?? [])
    }

    func chartFile() throws -> String {
        var values = chart
        values += (config[.linux] ?? []).map { ("config." + $0.path, $0.value) }
        if wantsWindows {
            values += (config[.windows] ?? []).map { ("windows.config." + $0.path, $0.value) }
        }
        return try Self.text(values)
    }

    /// Sections nested, in the order of their first keys.
    private static func text(_ values: [(path: String, value: Node)]) throws -> String {
        var root = Node.Mapping([])
        for (path, value) in values {
            insert(value, at: path.split(separator: ".").map(String.init)[...], into: &root)
        }
        return try Yams.serialize(node: Node.mapping(root), width: -1, allowUnicode: true)
    }

    private static func insert(
        _ value: Node, at path: ArraySlice<String>, into mapping: inout Node.Mapping
    ) {
        guard let first = path.first else { return }
        if path.count == 1 {
            mapping[Node(first)] = value
            return
        }
        var section = mapping[Node(first)]?.mapping ?? Node.Mapping([])
        insert(value, at: path.dropFirst(), into: &section)
        mapping[Node(first)] = .mapping(section)
    }
}
