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

        /// Nil where one of the two has none.
        func zones(in view: IdentityIndex.View) -> Zones? {
            let (from, to) = (view[source].zone, view[destination].zone)
            if from.isEmpty || to.isEmpty { return nil }
            return Zones(
                source: SourceZone(from), destination: DestinationZone(to), direction: direction)
        }
    }

    private struct Zones: Hashable {
        let source: SourceZone
        let destination: DestinationZone
        let direction: Direction
    }

    private struct State {
        var totals: [Pair: FlowTotals] = [:]
        /// Of pairs that had anything of it.
        var tcp: [Pair: TCPFlowQuality] = [:]
        /// Bytes between zones, of pairs that are gone: what was written does not go back.
        var gone: [Zones: UInt64] = [:]
        /// Packets of flows whose ends found no room.
        var untold: UInt64 = 0

        var waiting: WaitingFlows

        /// With the peer's name, or when it is certain that there is none for now.
        mutating func add(
            _ amount: WaitingFlows.Amount, of flow: WaitingFlows.Flow, with peer: Peer,
            in view: IdentityIndex.View, now: ContinuousClock.Instant
        ) {
            if waiting.take(flow, with: peer, amount, in: view, now: now) { return }
            add(amount, of: Pair(flow, with: view.identity(of: peer)))
        }

        mutating func settle(in view: IdentityIndex.View, now: ContinuousClock.Instant) {
            var settled: [(pair: Pair, amount: WaitingFlows.Amount)] = []
            waiting.settle(in: view, now: now) { flow, remote, amount in
                settled.append((Pair(flow, with: remote), amount))
            }
            for (pair, amount) in settled { add(amount, of: pair) }
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
            in state: inout State, _ view: IdentityIndex.View, now: ContinuousClock.Instant
        ) {
            // The unknown endpoint's packets are counted as such, and are nobody's flows.
            guard let local = view.identity(of: endpoint) else { return }
            let flow = WaitingFlows.Flow(
                local: local, transport: TransportProtocol(number: protocolNumber),
                direction: direction, ends: ends)
            state.add(WaitingFlows.Amount(totals: totals), of: flow, with: peer, in: view, now: now)
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
    private let state: Mutex<State>

    /// With `translations`, flows of a translated connection are of those who really talk, and not of the address
    /// in between; `catchUp` brings these up to date and is called before flows are looked up in them. `contexts` say
    /// whether addresses and ports are told apart. For `patience` a flow waits for its peer's name, where it may get one.
    package init(
        identities: IdentityIndex, translations: TranslationTable? = nil,
        contexts: MetricContexts? = nil, patience: Duration = .zero,
        catchUp: @escaping @Sendable () -> Void = {}
    ) {
        state = Mutex(State(waiting: WaitingFlows(patience: patience)))
        self.identities = identities
        self.translations = translations
        self.catchUp = catchUp
        self.contexts = contexts
    }

    package func add(_ flows: [FlowDelta]) { add(flows, now: .now) }

    func add(_ flows: [FlowDelta], now: ContinuousClock.Instant) {
        catchUp()
        let peers = translations?.peers(of: flows)
        let view = identities.current
        let wanted = contexts?.flowDetail.ends ?? []
        state.withLock { state in
            // Those who have names are told apart from those who get the same addresses later.
            state.settle(in: view, now: now)
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
                    recent[place]?.end(in: &state, view, now: now)
                    recent[place] = Conversation(flow, with: peer, ends)
                }
            }
            for conversation in recent { conversation?.end(in: &state, view, now: now) }
        }
    }

    package func add(tcp flows: [TCPFlowDelta]) { add(tcp: flows, now: .now) }

    func add(tcp flows: [TCPFlowDelta], now: ContinuousClock.Instant) {
        if flows.isEmpty { return }
        catchUp()
        let peers = translations?.peers(of: flows.map(\.flow))
        let view = identities.current
        state.withLock { state in
            for (number, delta) in flows.enumerated() {
                let flow = delta.flow
                let peer = peers?[number] ?? .address(flow.peer)
                guard let local = view.identity(of: flow.endpoint) else { continue }
                state.add(
                    WaitingFlows.Amount(tcp: delta.quality),
                    of: WaitingFlows.Flow(
                        local: local, transport: .tcp, direction: flow.direction, ends: FlowEnds()),
                    with: peer, in: view, now: now)
            }
        }
    }

    package func write(
        to samples: inout SampleBuffer, now: ContinuousClock.Instant = .now
    ) {
        let cutoff = now - SeriesLifetime.grace
        let detail = contexts?.flowDetail ?? FlowDetail()
        let (view, rows, tcp, gone, untold, held) = state.withLock { state in
            // Taken under the lock: an older view would not know who came with the latest flows.
            let view = identities.current
            state.settle(in: view, now: now)
            var kept: [Pair: FlowTotals] = [:]
            for (pair, total) in state.totals {
                let pair = pair.current(in: view, detail.ends)
                let isIdle =
                    !pair.ends.isEmpty && now - (total.grown ?? now) > detail.life
                if !isIdle, pair.lives(after: cutoff, in: view) {
                    kept[pair, default: FlowTotals()].add(total)
                } else if let zones = pair.zones(in: view) {
                    state.gone[zones, default: 0] += total.bytes
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
            return (view, kept, keptTCP, state.gone, state.untold, held)
        }
        identities.forget(retiredBefore: cutoff)
        var zones = gone
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
            if let between = pair.zones(in: view) { zones[between, default: 0] += total.bytes }
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
        for (between, bytes) in zones {
            samples.add(
                bytes, to: Catalog.zoneBytes, between.source, between.destination,
                between.direction)
        }
    }
}
