package import Logging
package import MetricSchema
package import Observability
import Synchronization

/// TCP flags, connections and ACL drops of every endpoint, as VFP counts them at its port, and what its rules
/// matched and dropped where that is asked for.
///
/// vfpctrl is a process for each port, and one more for its rules, so a scrape starts `vfpProcesses` at most,
/// for those ports first whose last reading is oldest, and no more once it has taken `patience`. Counters are cumulative: what a port
/// counts while others have their turn is there when it is asked again. How old the oldest reading is
/// stands in `fovea_windows_vfp_oldest_reading_seconds`.
package final class VFPCollector: Collector {
    package let name = CollectorName("vfp")
    static let metrics: [MetricDescriptor] = [
        Catalog.podTCPFlags.descriptor, Catalog.podConnectionEvents.descriptor,
        Catalog.vfpOldestReading.descriptor,
        Catalog.vfpUnreadPorts.descriptor, Catalog.windowsProcesses.descriptor,
    ]
    private static let reason = DropReason("vfp_acl")

    private struct State {
        var ledger = CounterLedger<VFPCounter>()
        var rules: VFPRuleLedger
        var map = VFPPortMap()
        /// When each port was asked last, whatever came of it.
        var asked: [String: ContinuousClock.Instant] = [:]
        var processes: UInt64 = 0
        var unreadable: UInt64 = 0
        var failing = false

        mutating func take(
            _ round: VFPRound, _ list: EndpointReader.List, _ map: VFPPortMap,
            now: ContinuousClock.Instant
        ) {
            self.map = map
            for (endpoint, row) in round.rows {
                ledger.add(row, of: endpoint.endpoint.key, owner: endpoint.owner, now: now)
            }
            for (endpoint, read) in round.rules {
                rules.add(read, of: endpoint.endpoint.key, owner: endpoint.owner, now: now)
            }
            // Those whose turn did not come are there all the same.
            for endpoint in list.endpoints {
                ledger.keep(endpoint.endpoint.key, owner: endpoint.owner, now: now)
                rules.keep(endpoint.endpoint.key, owner: endpoint.owner)
            }
            ledger.forget(allBut: list.listed, now: now)
            rules.forget(allBut: list.listed, now: now)
            for key in round.asked { asked[key] = now }
            asked = asked.filter { list.listed.contains($0.key) }
            processes += UInt64(round.started)
            unreadable += round.unreadable.count
        }
    }

    private let endpoints: EndpointReader
    private let vfp: any VFPTransport
    private let processes: Int
    private let readsRules: Bool
    private let patience: Duration
    private let log: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state: Mutex<State>

    package init(
        _ endpoints: EndpointReader, _ vfp: any VFPTransport,
        settings: WindowsSettings = WindowsSettings(),
        patience: Duration = .seconds(5), log: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.endpoints = endpoints
        self.vfp = vfp
        readsRules = settings.readsVFPRules
        // A port at least.
        processes = max(settings.readsVFPRules ? 2 : 1, settings.vfpProcesses)
        state = Mutex(State(rules: VFPRuleLedger(limit: settings.vfpRuleSeries)))
        self.patience = patience
        self.log = log
        self.now = now
    }

    /// Why there is no vfpctrl; nil where there is. What it lists is kept.
    package func missing() -> String? {
        state.withLock { $0.processes += 1 }
        return WindowsParts.missing {
            let ports = try VFPPortList(parsing: vfp.ask(.ports))
            state.withLock { state in
                state.map = VFPPortMap(ports.ports)
                state.unreadable += ports.unreadable.count
            }
        }
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let list = try endpoints.list(for: name)
        let start = now()
        var round = VFPRound(vfp, budget: processes, readsRules: readsRules)
        let (known, asked) = state.withLock { ($0.map, $0.asked) }
        let map = round.ports(of: list, known: known)
        let turns = list.endpoints.sorted {
            (asked[$0.endpoint.key] ?? start - .seconds(1 << 30))
                < (asked[$1.endpoint.key] ?? start - .seconds(1 << 30))
        }
        for endpoint in turns {
            if !round.goesOn || now() - start > patience { break }
            if let port = map.port(of: endpoint.endpoint) { round.read(port, of: endpoint) }
        }
        if round.rows.isEmpty, let error = round.firstError {
            state.withLock { $0.processes += UInt64(round.started) }
            throw error
        }
        let now = now()
        let state = state.withLock { state in
            state.take(round, list, map, now: now)
            return state
        }
        write(state, list, now: now, to: &samples)
        report(round)
    }

    private func report(_ round: VFPRound) {
        let isFailing = round.failed > 0
        let changed = state.withLock { state in
            defer { state.failing = isFailing }
            return state.failing != isFailing
        }
        if !changed { return }
        if let error = round.firstError {
            log.warning(
                "VFP ports cannot be read",
                metadata: ["count": "\(round.failed)", "first": "\(error)"])
        } else {
            log.info("all VFP ports can be read again")
        }
    }

    // MARK: Writing

    private func write(
        _ state: State, _ list: EndpointReader.List, now: ContinuousClock.Instant,
        to samples: inout SampleBuffer
    ) {
        for (owner, lacking) in state.ledger.owners(at: now) {
            write(state.ledger, of: owner, lacking, to: &samples)
        }
        state.rules.write(to: &samples)
        for direction in Direction.allCases {
            samples.add(
                state.ledger.node(VFPCounter(.aclDrops, direction)), to: Catalog.nodeDropPackets,
                Self.reason, direction)
        }
        let keys = list.endpoints.map(\.endpoint.key)
        let read = keys.compactMap { state.ledger.lastAdded($0) }
        let oldest = read.min().map { now - $0 } ?? .zero
        samples.add(oldest.seconds, to: Catalog.vfpOldestReading)
        samples.add(UInt64(keys.count - read.count), to: Catalog.vfpUnreadPorts)
        samples.add(state.processes, to: Catalog.windowsProcesses, .vfpctrl)
        samples.add(state.unreadable, to: Catalog.windowsUnreadable, name)
    }

    private func write(
        _ ledger: CounterLedger<VFPCounter>, of owner: Identity, _ lacking: Set<Int>,
        to samples: inout SampleBuffer
    ) {
        let pod = PodLabel(owner)
        for direction in Direction.allCases {
            // What never was is no series.
            func total(_ quantity: VFPQuantity) -> UInt64? {
                let total = ledger.total(
                    VFPCounter(quantity, direction), of: owner, lacking: lacking)
                return total == 0 ? nil : total
            }
            if let drops = total(.aclDrops) {
                samples.add(drops, to: Catalog.podDropPackets, pod, Self.reason, direction)
            }
            for (quantity, flag) in TCPFlag.quantities {
                if let packets = total(quantity) {
                    samples.add(packets, to: Catalog.podTCPFlags, pod, direction, flag)
                }
            }
            for (quantity, event) in VFPConnectionEvent.quantities {
                if let count = total(quantity) {
                    samples.add(count, to: Catalog.podConnectionEvents, pod, direction, event)
                }
            }
        }
    }
}

extension TCPFlag {
    /// Those that VFP counts.
    fileprivate static let quantities: [(VFPQuantity, TCPFlag)] = [
        (.syn, .syn), (.synAck, .synack), (.fin, .fin), (.reset, .rst),
    ]
}

extension VFPConnectionEvent {
    /// What VFP counts of connections, and what it is called here.
    fileprivate static let quantities: [(VFPQuantity, VFPConnectionEvent)] = [
        (.verified, .verified), (.timedOut, .timedOut), (.connectionReset, .reset),
        (.resetBySyn, .resetBySyn), (.resetHalfTTL, .resetHalfTTL),
        (.resetByInjection, .resetByInjection), (.closedByFin, .closedByFin),
        (.halfOpenTimeout, .halfOpenTimeout), (.expiredToTimeWait, .expiredToTimeWait),
    ]
}
