import CLibBPF
import CLinux
import Glibc
package import Logging
package import MetricSchema
package import Observability

/// Linux: eBPF and netlink.
package final class LiveLinuxBackend: Backend {
    package let system = System.linux
    package let capabilities: [Capability]
    package let collectors: [any Collector]
    package let identities = IdentityIndex()
    private let flows: LiveFlowCache?
    private let watcher: EndpointWatcher
    private let events: LiveLinkEvents
    private let log: Logger

    /// Loads what this kernel and these privileges allow. What they do not is in `capabilities`; only a host
    /// without netlink is an error.
    package init(_ settings: LinuxSettings, log: Logger) throws {
        self.log = log
        var capabilities: [Capability] = []
        let cpus = Int(libbpf_num_possible_cpus())
        let size = PacketProgramSize(
            cpus: cpus, cacheBytes: settings.flowCacheBytes, spillEntries: settings.spillEntries,
            endpoints: settings.endpoints)
        let packets: LivePacketProgram? = Self.attempt(
            "packet counting", when: settings.packets, absent: Catalog.traffic, &capabilities
        ) { try LivePacketProgram(size: size) }
        if let packets {
            let tcx = LiveTrafficControl(packets, tcx: settings.tcx).usesTCX
            capabilities.append(
                Capability(
                    "tcx links",
                    missing: tcx
                        ? nil : "Linux 6.6 and packets.tcx; clsact filters are used instead"))
        }
        var reasons = DropReasonNames(kernelNames: [:])
        let drops: LiveDropProgram? = Self.attempt(
            "drop counting", when: settings.drops, absent: Catalog.drops, &capabilities
        ) {
            guard access("/sys/kernel/btf/vmlinux", R_OK) == 0 else { throw MissingBTF() }
            reasons = try DropReasonNames.live()
            return try LiveDropProgram(endpoints: settings.endpoints, cpus: cpus, reasons: reasons)
        }
        if drops != nil {
            capabilities.append(
                Capability(
                    "drop reasons",
                    missing: reasons.isKnown
                        ? nil : "Linux 5.17; the kernel function stands for the reason"))
            capabilities.append(
                Capability(
                    "kernel symbols",
                    missing: KernelSymbols().isReadable
                        ? nil : "CAP_SYSLOG; drops without a reason do not say where they happened")
            )
        }
        mallopt(M_ARENA_MAX, 2)
        // Loading parses the kernel's BTF, megabytes that are not needed again.
        malloc_trim(0)

        let board = EndpointBoard()
        let table = FlowTable(identities: identities)
        let flows = try packets.map { try LiveFlowCache($0, sink: table) }
        var collectors: [any Collector] = []
        var followers: [any EndpointFollower] = []
        if let packets, let flows {
            collectors.append(
                TrafficCollector(board: board, flows: flows, table: table) { number, direction in
                    var totals = packets.totals(of: number, direction)
                    totals.lost = flows.lost(number, direction)
                    return totals
                })
        }
        if let drops {
            followers.append(drops)
            collectors.append(
                DropCollector(board: board, reasons: reasons, symbols: KernelSymbols()) {
                    (try drops.rows(), try drops.lost())
                })
        }
        if settings.interfaces {
            // Endpoints' links are left to the packet program, where there is one.
            collectors.append(
                InterfaceCollector.live(board: packets == nil ? EndpointBoard() : board))
            collectors.append(QdiscCollector.live())
        }
        if settings.stack {
            let enters = settings.entersNamespaces && Self.canEnterNamespaces(&capabilities)
            let stack = StackCollector(
                board: board,
                survey: enters ? .live(settings, read: { try StackReading.live() }) : nil)
            followers.append(stack)
            collectors += [stack, SoftnetCollector()]
        }
        collectors += [ProgramCollector(packets: packets, drops: drops), ProcessCollector()]

        self.collectors = collectors
        self.capabilities = capabilities
        self.flows = flows
        events = try LiveLinkEvents()
        watcher = EndpointWatcher(
            packets: packets, flows: flows, followers: followers, identities: identities,
            board: board, settings: settings, log: log)
    }

    /// Attaches, so that the first scrape has something to say.
    package func prepare() async throws {
        try await watcher.synchronize()
    }

    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watcher.run(self.events) }
            group.addTask { await self.readFlows() }
            await group.waitForAll()
        }
        await watcher.detachAll()
    }

    /// Reads flows before the spill map is full.
    private func readFlows() async {
        guard let flows else { return }
        while (try? await Task.sleep(for: .milliseconds(50))) != nil {
            do {
                try flows.cycleIfDue()
            } catch {
                log.error("cannot read flows", metadata: ["error": "\(error)"])
            }
        }
    }

    private static func canEnterNamespaces(_ capabilities: inout [Capability]) -> Bool {
        Self.attempt(
            "entering namespaces", when: true,
            absent: Catalog.stack.filter { $0.level == .local }, &capabilities
        ) { try NamespaceEntry.run(in: "/proc/thread-self/ns/net") {} } != nil
    }

    private static func attempt<Part>(
        _ name: String, when wanted: Bool, absent: [MetricDescriptor],
        _ capabilities: inout [Capability],
        _ load: () throws -> Part
    ) -> Part? {
        guard wanted else { return nil }
        do {
            let part = try load()
            capabilities.append(Capability(name))
            return part
        } catch {
            capabilities.append(
                Capability(name, missing: "\(error)", absentMetrics: absent.map(\.name)))
            return nil
        }
    }
}

/// The kernel cannot describe its own types.
private struct MissingBTF: Error, CustomStringConvertible {
    var description: String {
        "no /sys/kernel/btf/vmlinux: needs a kernel built with CONFIG_DEBUG_INFO_BTF"
    }
}
