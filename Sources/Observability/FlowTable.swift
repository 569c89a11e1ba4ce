import MetricSchema
import Synchronization

/// Flows summed by who talks to whom. It has as many entries as there are pairs of identities, not of
/// addresses or ports, so its size follows the cluster and not the traffic.
package final class FlowTable: FlowSink {
    private struct Pair: Hashable {
        let source: IdentityNumber
        let destination: IdentityNumber
        let transport: TransportProtocol
        let direction: Direction
        var ends: FlowEnds

        init(
            source: IdentityNumber, destination: IdentityNumber, transport: TransportProtocol,
            direction: Direction, ends: FlowEnds = FlowEnds()
        ) {
            self.ends = ends
            self.source = source
            self.destination = destination
            self.transport = transport
            self.direction = direction
        }

        init(_ flow: WaitingFlows.Flow, with remote: IdentityNumber) {
            self.init(
                source: flow.direction == .egress ? flow.local : remote,
                destination: flow.direction == .egress ? remote : flow.local,
                transport: flow.transport, direction: flow.direction, ends: flow.ends)
        }

        /// What was seen before it was known whose it is belongs to who that was.
        func current(in view: IdentityIndex.View, _ wanted: FlowDetail.Ends) -> Pair {
            Pair(
                source: view.current(source), destination: view.current(destination),
                transport: transport, direction: direction, ends: ends.only(wanted))
        }

        func lives(after cutoff: ContinuousClock.Instant, in view: IdentityIndex.View) -> Bool {
            [source, destination].allSatisfy {
                view.retirement(of: $0).map { $0 > cutoff } ?? true
            }
        }
    }

    /// What addresses stand for when flows are added.
    private struct Names {
        let view: IdentityIndex.View
        let services: ServiceIndex.View?
    }

    private struct State {
        var totals: [Pair: FlowTotals] = [:]
        /// Of pairs that had anything of it.
        var tcp: [Pair: TCPFlowQuality] = [:]
        var zones = ZoneLedger()
        /// Packets of flows whose ends found no room.
        var untold: UInt64 = 0

        var waiting: WaitingFlows

        /// With the peer's name, or when it is certain that there is none for now.
        mutating func add(
            _ amount: WaitingFlows.Amount, of flow: WaitingFlows.Flow, with peer: Peer,
            in names: Names, now: ContinuousClock.Instant
        ) {
            if waiting.take(flow, with: peer, amount, in: names.view, now: now) { return }
            add(amount, of: flow, with: peer, in: names)
        }

        mutating func settle(in names: Names, now: ContinuousClock.Instant) {
            var settled: [(flow: WaitingFlows.Flow, peer: Peer, amount: WaitingFlows.Amount)] = []
            waiting.settle(in: names.view, now: now) { settled.append(($0, $1, $2)) }
            for (flow, peer, amount) in settled { add(amount, of: flow, with: peer, in: names) }
        }

        private mutating func add(
            _ amount: WaitingFlows.Amount, of flow: WaitingFlows.Flow, with peer: Peer,
            in names: Names
        ) {
            add(amount, of: Pair(flow, with: names.view.identity(of: peer)))
            // Uplinks see the same packets once more.
            if flow.local != .node, amount.totals.bytes > 0 {
                zones.add(
                    amount.totals.bytes, with: peer, flow.direction, in: names.view, names.services)
            }
        }

        private mutating func add(_ amount: WaitingFlows.Amount, of pair: Pair) {
            if amount.totals.packets > 0 { add(amount.totals, of: pair) }
            if amount.tcp != TCPFlowQuality() {
                var bare = pair
                bare.ends = FlowEnds()
                tcp[bare, default: TCPFlowQuality()] += amount.tcp
            }
        }

        /// With its ends where there is room for them.
        private mutating func add(_ totals: FlowTotals, of pair: Pair) {
            if pair.ends.isEmpty || self.totals.count < FlowTable.mostWithEnds
                || self.totals[pair] != nil
            {
                self.totals[pair, default: FlowTotals()].add(totals)
                return
            }
            untold += totals.packets
            var bare = pair
            bare.ends = FlowEnds()
            self.totals[bare, default: FlowTotals()].add(totals)
        }
    }

    /// Flows of one batch that differ in their ports only. Neighbours mostly do, so names are looked up for
    /// many flows at once.
    private struct Conversation {
        private let endpoint: UInt16
        private let peer: Peer
        private let protocolNumber: UInt8
        private let direction: Direction
        private let ends: FlowEnds
        var totals = FlowTotals()

        init(_ flow: FlowDelta, with peer: Peer, _ ends: FlowEnds) {
            self.ends = ends
            endpoint = flow.endpoint
            self.peer = peer
            protocolNumber = flow.protocolNumber
            direction = flow.direction
            totals.add(flow)
            if !ends.isEmpty { totals.grown = .now }
        }

        static func place(of flow: FlowDelta) -> Int {
            let mixed =
                flow.peer.low &+ UInt64(flow.endpoint) << 1 &+ (flow.direction == .egress ? 1 : 0)
            return Int(truncatingIfNeeded: mixed) & (FlowTable.recentConversations - 1)
        }

        func takes(_ flow: FlowDelta, with peer: Peer, _ ends: FlowEnds) -> Bool {
            flow.endpoint == endpoint && flow.direction == direction && peer == self.peer
                && flow.protocolNumber == protocolNumber && ends == self.ends
        }

        func end(
            in state: inout State, _ names: Names, now: ContinuousClock.Instant
        ) {
            // The unknown endpoint's packets are counted as such, and are nobody's flows.
            guard let local = names.view.identity(of: endpoint) else { return }
            let flow = WaitingFlows.Flow(
                local: local, transport: TransportProtocol(number: protocolNumber),
                direction: direction, ends: ends)
            state.add(
                WaitingFlows.Amount(totals: totals), of: flow, with: peer, in: names, now: now)
        }
    }

    /// A power of two.
    private static let recentConversations = 16
    /// Above this flows are told apart by who talks to whom and no further: some 10 MB.
    static let mostWithEnds = 50_000

    private let identities: IdentityIndex
    private let translations: TranslationTable?
    private let catchUp: @Sendable () -> Void
    private let contexts: MetricContexts?
    private let services: ServiceIndex?
    private let zone: @Sendable () -> String
    private let state: Mutex<State>

    /// With `translations`, flows of a translated connection are of those who really talk, and not of the address
    /// in between; `catchUp` brings these up to date and is called before flows are looked up in them. `contexts` say
    /// whether addresses and ports are told apart. For `patience` a flow waits for its peer's name, where it may get one.
    /// `services` say where endpoints are whom nobody knows, and `zone` where this node is, empty while that is not known.
    package init(
        identities: IdentityIndex, translations: TranslationTable? = nil,
        contexts: MetricContexts? = nil, services: ServiceIndex? = nil, patience: Duration = .zero,
        zone: @escaping @Sendable () -> String = { "" },
        catchUp: @escaping @Sendable () -> Void = {}
    ) {
        state = Mutex(State(waiting: WaitingFlows(patience: patience)))
        self.identities = identities
        self.translations = translations
        self.catchUp = catchUp
        self.contexts = contexts
        self.services = services
        self.zone = zone
    }

    private var names: Names {
        Names(view: identities.current, services: services?.current)
    }

    package func add(_ flows: [FlowDelta]) { add(flows, now: .now) }

    func add(_ flows: [FlowDelta], now: ContinuousClock.Instant) {
        catchUp()
        let peers = translations?.peers(of: flows)
        let names = names
        let wanted = contexts?.flowDetail.ends ?? []
        state.withLock { state in
            // Those who have names are told apart from those who get the same addresses later.
            state.settle(in: names, now: now)
            var recent = [Conversation?](repeating: nil, count: Self.recentConversations)
            for (number, flow) in flows.enumerated() {
                let peer = peers?[number] ?? .address(flow.peer)
                let place = Conversation.place(of: flow)
                let ends =
                    wanted.isEmpty
                    ? FlowEnds() : FlowEnds(flow, peer: peer.seen, wanted: wanted)
                if recent[place]?.takes(flow, with: peer, ends) == true {
                    recent[place]?.totals.add(flow)
                } else {
                    recent[place]?.end(in: &state, names, now: now)
                    recent[place] = Conversation(flow, with: peer, ends)
                }
            }
            for conversation in recent { conversation?.end(in: &state, names, now: now) }
        }
    }

    package func add(tcp flows: [TCPFlowDelta]) { add(tcp: flows, now: .now) }

    func add(tcp flows: [TCPFlowDelta], now: ContinuousClock.Instant) {
        if flows.isEmpty { return }
        catchUp()
        let peers = translations?.peers(of: flows.map(\.flow))
        let names = names
        state.withLock { state in
            for (number, delta) in flows.enumerated() {
                let flow = delta.flow
                let peer = peers?[number] ?? .address(flow.peer)
                guard let local = names.view.identity(of: flow.endpoint) else { continue }
                state.add(
                    WaitingFlows.Amount(tcp: delta.quality),
                    of: WaitingFlows.Flow(
                        local: local, transport: .tcp, direction: flow.direction, ends: FlowEnds()),
                    with: peer, in: names, now: now)
            }
        }
    }

    package func write(
        to samples: inout SampleBuffer, now: ContinuousClock.Instant = .now
    ) {
        let cutoff = now - SeriesLifetime.grace
        let detail = contexts?.flowDetail ?? FlowDetail()
        let home = zone()
        let (view, rows, tcp, zones, untold, held) = state.withLock { state in
            // Taken under the lock: an older view would not know who came with the latest flows.
            let names = names
            let view = names.view
            state.settle(in: names, now: now)
            var kept: [Pair: FlowTotals] = [:]
            for (pair, total) in state.totals {
                let pair = pair.current(in: view, detail.ends)
                let isIdle =
                    !pair.ends.isEmpty && now - (total.grown ?? now) > detail.life
                if !isIdle, pair.lives(after: cutoff, in: view) {
                    kept[pair, default: FlowTotals()].add(total)
                }
            }
            state.totals = kept
            var keptTCP: [Pair: TCPFlowQuality] = [:]
            for (pair, quality) in state.tcp {
                let pair = pair.current(in: view, detail.ends)
                if pair.lives(after: cutoff, in: view) {
                    keptTCP[pair, default: TCPFlowQuality()] += quality
                }
            }
            state.tcp = keptTCP
            let held = state.waiting.patience > .zero ? state.waiting.counts : nil
            return (view, kept, keptTCP, state.zones.rows(home: home), state.untold, held)
        }
        identities.forget(retiredBefore: cutoff)
        for (pair, total) in rows {
            let source = SourceLabel(
                view[pair.source], address: pair.ends.source?.description ?? "",
                port: pair.ends.sourcePort)
            let destination = DestinationLabel(
                view[pair.destination], address: pair.ends.destination?.description ?? "",
                port: pair.ends.destinationPort)
            samples.add(
                total.packets, to: Catalog.flowPackets, source, destination, pair.transport,
                pair.direction)
            samples.add(
                total.bytes, to: Catalog.flowBytes, source, destination, pair.transport,
                pair.direction)
        }
        for (pair, quality) in tcp {
            quality.write(
                to: &samples, from: view[pair.source], to: view[pair.destination], pair.direction)
        }
        if let held {
            samples.add(held.packets, to: Catalog.waitingFlowPackets)
            samples.add(held.hurried, to: Catalog.hurriedFlowPackets)
        }
        if !detail.ends.isEmpty { samples.add(untold, to: Catalog.flowEndsUntoldPackets) }
        for (row, bytes) in zones {
            samples.add(
                bytes, to: Catalog.zoneBytes, row.source, row.destination, row.direction)
        }
    }
}
