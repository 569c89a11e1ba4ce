import CLibBPF
import CLinux
import Glibc
package import Logging
package import MetricSchema
package import Observability

/// Linux: eBPF and netlink.
package final class LiveLinuxBackend: Backend {
    package let system = System.linux
    private let found: [Capability]
    package let collectors: [any Collector]
    package let identities: IdentityIndex
    private let board: EndpointBoard
    private let flows: LiveFlowCache?
    private let dns: LiveDNSProgram?
    private let watcher: EndpointWatcher
    private let events: LiveLinkEvents
    private let conntrack: ConntrackTables?
    private let peers: LiveTCPPeers?
    private let tcpSockets: LiveTCPSocketProgram?
    private let otherNodes: PeerNodeWatch?
    private let policies: PolicyCollector?
    private let connectionPolicies: ConnectionPolicyCollector?
    package let recentFlows: RecentFlows?
    private let services: ServiceLedger?
    private let readsNftables: Bool
    private let log: Logger

    /// Loads what this kernel and these privileges allow. What they do not is in `capabilities`; only a host
    /// without netlink is an error. `naming` knows endpoints by other names than their namespaces'.
    package init(
        _ settings: LinuxSettings, naming: (any EndpointNaming)? = nil,
        contexts: MetricContexts? = nil, log: Logger
    ) throws {
        self.log = log
        let identities = IdentityIndex(groups: settings.groups)
        self.identities = identities
        if let naming {
            identities.expect(naming.newcomers)
            identities.change(podRanges: naming.podRanges)
        }
        var capabilities: [Capability] = []
        let cpus = Int(libbpf_num_possible_cpus())
        let counting = Self.attempt(
            "packet counting", when: settings.packets, absent: Catalog.traffic, &capabilities
        ) {
            try LivePacketProgram.richest(
                settings, watching: settings.watchedPeers(naming?.otherNodes), cpus: cpus)
        }
        let packets = counting?.program
        if let counting, settings.tcp {
            let refusal = counting.program.tcp == nil ? counting.refusal : nil
            let absent =
                Catalog.tcpPackets + Catalog.tcpFlows + Catalog.apiServer + Catalog.peerLatencies
            capabilities.append(
                Capability(
                    "TCP in packets",
                    missing: refusal.map { "a verifier that takes the program: \($0)" },
                    absentMetrics: refusal == nil ? [] : absent.map(\.name)))
        }
        if let packets {
            let tcx = LiveTrafficControl(packets, tcx: settings.tcx).usesTCX
            capabilities.append(
                Capability(
                    "tcx links",
                    missing: tcx
                        ? nil : "Linux 6.6 and packets.tcx; clsact filters are used instead"))
        }
        var reasons = DropReasonNames(kernelNames: [:])
        let symbols = KernelSymbols()
        let drops: LiveDropProgram? = Self.attempt(
            "drop counting", when: settings.drops,
            absent: Catalog.drops + Catalog.netfilterDrops
                + (naming?.policies == nil ? [] : Catalog.policies), &capabilities
        ) {
            reasons = try DropReasonNames.live()
            return try LiveDropProgram(
                endpoints: settings.endpoints, cpus: cpus, reasons: reasons, symbols: symbols,
                flows: naming?.policies != nil)
        }
        if let drops {
            capabilities.append(
                Capability(
                    "drop reasons",
                    missing: reasons.isKnown
                        ? nil : "Linux 5.17; the kernel function stands for the reason"))
            capabilities.append(
                Capability(
                    "kernel symbols",
                    missing: symbols.isReadable
                        ? nil : "CAP_SYSLOG; drops without a reason do not say where they happened")
            )
            capabilities.append(
                Capability(
                    "netfilter hooks",
                    missing: drops.namesHooks
                        ? nil : "nf_hook_slow in /proc/kallsyms; netfilter's drops name no hook"))
        }
        let tcpSockets: LiveTCPSocketProgram? = Self.attempt(
            "TCP sockets", when: settings.tcpSockets,
            absent: Catalog.tcpSockets
                + (naming?.policies == nil ? [] : Catalog.connectionPolicies),
            &capabilities
        ) {
            try LiveTCPSocketProgram(
                endpoints: settings.endpoints, handshakes: settings.tcpHandshakes,
                halfOpenTimeout: .seconds(settings.halfOpenTimeout),
                outcomes: Self.outcomes(wantedBy: naming))
        }
        if let tcpSockets {
            capabilities.append(
                Capability(
                    "every TCP reset",
                    missing: tcpSockets.seesEveryReset
                        ? nil : "Linux 6.10; resets that no live socket sent are not counted"))
        }
        let dns: LiveDNSProgram? = Self.attempt(
            "DNS counting", when: settings.dns.enabled, absent: Catalog.dns, &capabilities
        ) {
            try LiveDNSProgram(
                settings.dns, packets: packets, endpoints: settings.endpoints, cpus: cpus)
        }
        mallopt(M_ARENA_MAX, 2)
        // Loading parses the kernel's BTF, megabytes that are not needed again.
        malloc_trim(0)

        let board = EndpointBoard()
        let translations = TranslationTable(capacity: settings.translations)
        let conntrack =
            settings.conntrack
            ? ConntrackTables(
                identities: identities, translations: translations,
                events: settings.conntrackEvents, namespace: settings.conntrackNamespace,
                entersEndpoints: settings.entersNamespaces,
                interval: .seconds(settings.conntrackInterval), log: log)
            : nil
        let table = FlowTable(
            identities: identities, translations: translations, contexts: contexts,
            services: naming?.services,
            patience: naming == nil ? .zero : .seconds(settings.namingPatience),
            zone: { naming?.zone ?? "" }
        ) {
            conntrack?.catchUp()
        }
        let shares = OutcomeShares { try tcpSockets?.outcomes?.take() ?? [] }
        let services = Self.services(
            naming, shares, tcpSockets?.outcomes, identities, translations,
            patience: .seconds(settings.namingPatience))
        let sink = FlowFork(sinks: [table] + (services.map { [$0] } ?? []))
        let flows = try packets.map { try LiveFlowCache($0, sink: sink) }
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
        let peers = packets?.tcp?.peers
        otherNodes = try PeerNodeWatch(
            settings, cluster: naming?.otherNodes, latencies: peers, log: log)
        if let peers, peers.watchesServers {
            collectors.append(
                APIServerCollector(board: board) {
                    try peers.expire()
                } read: {
                    (try peers.serverLatencies(of: $0), peers.serverFailures(of: $0))
                })
        }
        if let otherNodes { collectors.append(otherNodes.collector) }
        if let tcp = packets?.tcp {
            collectors.append(
                TCPPacketCollector(board: board) {
                    tcp.counts(of: $0, $1)
                } latencies: {
                    try tcp.latencies(of: $0)
                } stats: {
                    tcp.stats
                })
        }
        let enters =
            (settings.stack || settings.nftables) && settings.entersNamespaces
            && Self.canEnterNamespaces(&capabilities)
        let stack = settings.stack ? StackSources(settings, enters: enters) : nil
        let dropReading = drops.map { Self.reading(of: $0, stack) }
        if let drops, let dropReading {
            collectors += try Self.drops(
                drops, dropReading, reasons: reasons, symbols: symbols, board: board,
                countsListeners: stack != nil, &followers, &capabilities)
        }
        let recentFlows = naming?.policies.map { _ in RecentFlows() }
        policies = Self.policies(naming, drops, recentFlows, board: board, identities)
        if let policies {
            followers.append(policies)
            collectors.append(policies)
        }
        connectionPolicies = Self.connectionPolicies(
            naming, shares, tcpSockets?.outcomes, recentFlows, board: board, identities,
            patience: .seconds(settings.namingPatience))
        if let connectionPolicies {
            followers.append(connectionPolicies)
            collectors.append(connectionPolicies)
        }
        self.recentFlows = policies == nil && connectionPolicies == nil ? nil : recentFlows
        collectors += Self.sockets(settings, board: board, &followers, &capabilities)
        if let tcpSockets {
            followers.append(tcpSockets)
            let resets = try Self.halfOpenResets(stack, &capabilities)
            if let resets { followers.append(resets) }
            collectors.append(
                TCPSocketCollector(
                    board: board, reasons: tcpSockets.reasons, resets: resets,
                    totals: { tcpSockets.totals(of: $0) }, released: { tcpSockets.ofReleased }))
        }
        if let services { collectors.append(ServiceCollector(services, flows: flows)) }
        if let dns {
            followers.append(dns)
            collectors.append(DNSCollector(board: board, dns))
        }
        if settings.interfaces {
            // Endpoints' links are left to the packet program, where there is one.
            collectors.append(
                InterfaceCollector.live(board: packets == nil ? EndpointBoard() : board))
            collectors.append(QdiscCollector.live())
            collectors += Self.devices(settings, board: board)
        }
        if let stack {
            let collector = StackCollector(board: board, survey: stack.survey) {
                try stack.host.latest(for: CollectorName("stack"))
            }
            followers.append(collector)
            collectors += [collector, SoftnetCollector()]
        }
        if let conntrack {
            followers.append(conntrack)
            collectors.append(
                ConntrackCollector.live(conntrack, board: board, identities: identities))
        }
        if settings.nftables { collectors.append(NftablesCollector.live()) }
        if settings.nftables, enters {
            let rules = EndpointNftablesCollector.live(
                settings, board: board, drops: dropReading)
            followers.append(rules)
            collectors.append(rules)
        }
        collectors += [
            ProgramCollector(
                packets: packets, drops: drops, tcpSockets: tcpSockets, dns: dns),
            ProcessCollector(),
        ]

        self.board = board
        self.collectors = collectors
        found = capabilities
        self.conntrack = conntrack
        readsNftables = settings.nftables
        self.flows = flows
        self.dns = dns
        self.peers = peers
        self.tcpSockets = tcpSockets
        self.services = services
        events = try LiveLinkEvents()
        watcher = EndpointWatcher(
            packets: packets, flows: flows, followers: followers, identities: identities,
            naming: naming, board: board, settings: settings, log: log)
    }

    /// Connection tracking and nftables may come later: they begin with the first rule that needs them.
    package var capabilities: [Capability] {
        var all = found
        if let conntrack {
            let problem = conntrack.problem
            all.append(
                Capability(
                    "connection tables", missing: problem,
                    absentMetrics: problem == nil ? [] : Catalog.conntrackFromNetlink.map(\.name)))
        }
        if readsNftables { all.append(NftablesCollector.capability) }
        return all
    }

    package var podAddresses: [PodName: IPAddress] { identities.current.podAddresses }

    /// The endpoints that numbers exist for.
    package var rows: [EndpointBoard.Row] { board.rows }

    /// Names of the other nodes whose latencies are kept apart.
    package var watchedNodes: [String] { otherNodes?.board.places.present.map(\.name) ?? [] }

    /// Attaches, so that the first scrape has something to say.
    package func prepare() async throws {
        try await watcher.synchronize()
    }

    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.watcher.run(self.events) }
            if let flows {
                // Before the spill map is full.
                group.addTask {
                    await self.every(.milliseconds(50), "read flows") { try flows.cycleIfDue() }
                }
            }
            // What nobody answers would fill maps.
            if let dns {
                group.addTask {
                    await self.every(.seconds(1), "sweep DNS queries") { try dns.sweep() }
                }
            }
            if let tcpSockets {
                group.addTask {
                    await self.every(.seconds(1), "sweep half-open connections") {
                        try tcpSockets.sweep()
                    }
                }
            }
            if let policies {
                // While their names are true.
                group.addTask {
                    await self.every(.seconds(1), "judge dropped flows") {
                        try policies.bringUpToDate()
                    }
                }
            }
            if let connectionPolicies {
                group.addTask {
                    await self.every(.seconds(1), "judge failed connections") {
                        try connectionPolicies.bringUpToDate()
                    }
                }
            }
            if let services {
                group.addTask {
                    await self.every(.seconds(1), "read connections' outcomes") {
                        try services.bringUpToDate(self.flows)
                    }
                }
            }
            if let peers {
                group.addTask {
                    await self.every(.seconds(1), "sweep connection attempts") {
                        try peers.expire()
                    }
                }
            }
            if let dns, dns.wantsNames {
                // Before the ring is full.
                group.addTask {
                    await self.every(.milliseconds(20), "read DNS names") { try dns.readNames() }
                }
            }
            if let conntrack { group.addTask { await conntrack.run() } }
            if let otherNodes { group.addTask { await otherNodes.run() } }
            await group.waitForAll()
        }
        await watcher.detachAll()
    }

    /// Until it is cancelled.
    private func every(
        _ interval: Duration, _ purpose: String, _ work: () throws -> Void
    ) async {
        while (try? await Task.sleep(for: interval)) != nil {
            do {
                try work()
            } catch {
                log.error("cannot \(purpose)", metadata: ["error": "\(error)"])
            }
        }
    }

    /// The kernel counts them with its protocols' other counters.
    private static func halfOpenResets(
        _ stack: StackSources?, _ capabilities: inout [Capability]
    ) throws -> HalfOpenResets? {
        let lacks =
            stack == nil
            ? "stack.enabled; connections that clients reset half-open do not count as failed"
            : "entering namespaces; connections that clients of endpoints reset half-open do not "
                + "count as failed"
        capabilities.append(
            Capability(
                "resets of half-open connections", missing: stack?.survey == nil ? lacks : nil))
        guard let stack else { return nil }
        return HalfOpenResets(host: try StackReading.live()) {
            (
                try stack.host.latest(for: CollectorName("tcp-sockets")),
                stack.survey?.readings() ?? []
            )
        }
    }

    private static func canEnterNamespaces(_ capabilities: inout [Capability]) -> Bool {
        Self.attempt(
            "entering namespaces", when: true,
            absent: Catalog.stack.filter { $0.level == .local } + Catalog.endpointNftables,
            &capabilities
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
