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

        init(
            source: IdentityNumber, destination: IdentityNumber, transport: TransportProtocol,
            direction: Direction
        ) {
            self.source = source
            self.destination = destination
            self.transport = transport
            self.direction = direction
        }

        /// Nil at the unknown endpoint: its packets are counted as such, and are nobody's flows.
        init?(
            _ endpoint: UInt16, _ peer: Peer, _ transport: TransportProtocol,
            _ direction: Direction, in view: IdentityIndex.View
        ) {
            guard let local = view.identity(of: endpoint) else { return nil }
            let remote = view.identity(of: peer)
            self.init(
                source: direction == .egress ? local : remote,
                destination: direction == .egress ? remote : local, transport: transport,
                direction: direction)
        }

        /// What was seen before it was known whose it is belongs to who that was.
        func current(in view: IdentityIndex.View) -> Pair {
            Pair(
                source: view.current(source), destination: view.current(destination),
                transport: transport, direction: direction)
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

    private struct Totals {
        var packets: UInt64 = 0
        var bytes: UInt64 = 0

        mutating func add(_ flow: FlowDelta) {
            packets += flow.packets
            bytes += flow.bytes
        }

        mutating func add(_ other: Totals) {
            packets += other.packets
            bytes += other.bytes
        }
    }

    private struct Zones: Hashable {
        let source: SourceZone
        let destination: DestinationZone
        let direction: Direction
    }

    private struct State {
        var totals: [Pair: Totals] = [:]
        /// Of pairs that had anything of it.
        var tcp: [Pair: TCPFlowQuality] = [:]
        /// Bytes between zones, of pairs that are gone: what was written does not go back.
        var gone: [Zones: UInt64] = [:]
    }

    /// Flows of one batch that differ in their ports only. Neighbours mostly do, so names are looked up for
    /// many flows at once.
    private struct Conversation {
        private let endpoint: UInt16
        private let peer: Peer
        private let protocolNumber: UInt8
        private let direction: Direction
        var totals = Totals()

        init(_ flow: FlowDelta, with peer: Peer) {
            endpoint = flow.endpoint
            self.peer = peer
            protocolNumber = flow.protocolNumber
            direction = flow.direction
            totals.add(flow)
        }

        static func place(of flow: FlowDelta) -> Int {
            let mixed =
                flow.peer.low &+ UInt64(flow.endpoint) << 1 &+ (flow.direction == .egress ? 1 : 0)
            return Int(truncatingIfNeeded: mixed) & (FlowTable.recentConversations - 1)
        }

        func takes(_ flow: FlowDelta, with peer: Peer) -> Bool {
            flow.endpoint == endpoint && flow.direction == direction && peer == self.peer
                && flow.protocolNumber == protocolNumber
        }

        func end(in all: inout [Pair: Totals], _ view: IdentityIndex.View) {
            let transport = TransportProtocol(number: protocolNumber)
            guard let pair = Pair(endpoint, peer, transport, direction, in: view) else { return }
            all[pair, default: Totals()].add(totals)
        }
    }

    /// A power of two.
    private static let recentConversations = 16

    private let identities: IdentityIndex
    private let translations: TranslationTable?
    private let catchUp: @Sendable () -> Void
    private let state = Mutex(State())

    /// With `translations`, flows of a translated connection are of those who really talk, and not of the address
    /// in between; `catchUp` brings these up to date and is called before flows are looked up in them.
    package init(
        identities: IdentityIndex, translations: TranslationTable? = nil,
        catchUp: @escaping @Sendable () -> Void = {}
    ) {
        self.identities = identities
        self.translations = translations
        self.catchUp = catchUp
    }

    package func add(_ flows: [FlowDelta]) {
        catchUp()
        let peers = translations?.peers(of: flows)
        let view = identities.current
        state.withLock { state in
            var recent = [Conversation?](repeating: nil, count: Self.recentConversations)
            for (number, flow) in flows.enumerated() {
                let peer = peers?[number] ?? .address(flow.peer)
                let place = Conversation.place(of: flow)
                if recent[place]?.takes(flow, with: peer) == true {
                    recent[place]?.totals.add(flow)
                } else {
                    recent[place]?.end(in: &state.totals, view)
                    recent[place] = Conversation(flow, with: peer)
                }
            }
            for conversation in recent { conversation?.end(in: &state.totals, view) }
        }
    }

    package func add(tcp flows: [TCPFlowDelta]) {
        if flows.isEmpty { return }
        catchUp()
        let peers = translations?.peers(of: flows.map(\.flow))
        let view = identities.current
        state.withLock { state in
            for (number, delta) in flows.enumerated() {
                let flow = delta.flow
                let peer = peers?[number] ?? .address(flow.peer)
                guard let pair = Pair(flow.endpoint, peer, .tcp, flow.direction, in: view) else {
                    continue
                }
                state.tcp[pair, default: TCPFlowQuality()] += delta.quality
            }
        }
    }

    package func write(
        to samples: inout SampleBuffer, now: ContinuousClock.Instant = .now
    ) {
        let cutoff = now - SeriesLifetime.grace
        let (view, rows, tcp, gone) = state.withLock { state in
            // Taken under the lock: an older view would not know who came with the latest flows.
            let view = identities.current
            var kept: [Pair: Totals] = [:]
            for (pair, total) in state.totals {
                let pair = pair.current(in: view)
                if pair.lives(after: cutoff, in: view) {
                    kept[pair, default: Totals()].add(total)
                } else if let zones = pair.zones(in: view) {
                    state.gone[zones, default: 0] += total.bytes
                }
            }
            state.totals = kept
            var keptTCP: [Pair: TCPFlowQuality] = [:]
            for (pair, quality) in state.tcp {
                let pair = pair.current(in: view)
                if pair.lives(after: cutoff, in: view) {
                    keptTCP[pair, default: TCPFlowQuality()] += quality
                }
            }
            state.tcp = keptTCP
            return (view, kept, keptTCP, state.gone)
        }
        identities.forget(retiredBefore: cutoff)
        var zones = gone
        for (pair, total) in rows {
            let source = SourceLabel(view[pair.source])
            let destination = DestinationLabel(view[pair.destination])
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
        for (between, bytes) in zones {
            samples.add(
                bytes, to: Catalog.zoneBytes, between.source, between.destination,
                between.direction)
        }
    }
}
