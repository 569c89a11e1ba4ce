import CLinux
import Glibc

/// What a node has of what the agent depends on; read without changing anything.
package struct NodeFacts: Sendable, Equatable {
    package struct Folder: Sendable, Equatable {
        package let path: String
        /// Nil where there is no such folder.
        package let namespaces: Int?

        package init(path: String, namespaces: Int?) {
            self.path = path
            self.namespaces = namespaces
        }
    }

    /// How full the connection table is.
    package struct Connections: Sendable, Equatable {
        package let entries: UInt64
        package let limit: UInt64

        package init(entries: UInt64, limit: UInt64) {
            self.entries = entries
            self.limit = limit
        }
    }

    /// As `uname -r` says it.
    package var kernel = ""
    package var describesItsTypes = false
    /// Of this process, by their names without `CAP_`, of those that the agent has a use for.
    package var capabilities: Set<String> = []
    package var folders: [Folder] = []
    /// The ways out of the node that would be counted at.
    package var uplinks: [String] = []
    /// Those of the settings that no interface has the name of.
    package var missingUplinks: [String] = []
    /// Links into other namespaces that would be counted at.
    package var endpointLinks = 0
    /// Why interfaces could not be looked at.
    package var interfaceProblem: String?
    /// Nil where nothing is tracked.
    package var connections: Connections?
    /// Whether a time server keeps the clock, by what the kernel was told last; nil where it does not say.
    package var clockIsKept: Bool?

    package init() {}
}

extension NodeFacts {
    /// This node's.
    package static func live(_ settings: LinuxSettings) -> NodeFacts {
        var facts = NodeFacts()
        facts.kernel = SmallFile.text("/proc/sys/kernel/osrelease") ?? ""
        facts.describesItsTypes = access("/sys/kernel/btf/vmlinux", R_OK) == 0
        facts.capabilities = ownCapabilities
        facts.folders = settings.namespaceFolders.map { path in
            Folder(
                path: path,
                namespaces: access(path, F_OK) == 0
                    ? LiveNamespaces(folders: [path]).inFolders : nil)
        }
        do {
            let uplinks = settings.uplinks.isEmpty ? nil : settings.uplinks
            let (plan, links) = try AttachmentPlan.live(
                LiveNamespaces(folders: settings.namespaceFolders), uplinks: uplinks,
                netlink: LiveNetlink())
            facts.uplinks = plan.points.filter { $0.namespace == nil }.map(\.name)
            facts.endpointLinks = plan.points.count - facts.uplinks.count
            facts.missingUplinks = settings.uplinks.filter { name in
                !links.contains { $0.name == name }
            }
        } catch {
            facts.interfaceProblem = "\(error)"
        }
        if let entries = ConntrackFiles.entries, let limit = ConntrackFiles.limit {
            facts.connections = Connections(entries: entries, limit: limit)
        }
        facts.clockIsKept = clockIsKept
        return facts
    }

    /// adjtimex(2) without a mode changes nothing and is anybody's.
    private static var clockIsKept: Bool? {
        var clock = timex()
        let state = adjtimex(&clock)
        return state < 0 ? nil : state != TIME_ERROR
    }

    /// Bits of linux/capability.h.
    private static let bits: [(name: String, bit: Int)] = [
        ("NET_ADMIN", 12), ("SYS_ADMIN", 21), ("SYSLOG", 34), ("PERFMON", 38), ("BPF", 39),
    ]

    private static var ownCapabilities: Set<String> {
        let status = SmallFile.text("/proc/self/status") ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let digits = line?.split(whereSeparator: \.isWhitespace).last
        return capabilities(effective: digits.flatMap { UInt64($0, radix: 16) } ?? 0)
    }

    package static func capabilities(effective: UInt64) -> Set<String> {
        Set(bits.filter { effective >> $0.bit & 1 == 1 }.map(\.name))
    }
}
