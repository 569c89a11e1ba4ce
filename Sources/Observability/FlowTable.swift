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

        /// What was seen before it was known whose it is belongs to who that was.
        func current(in view: IdentityIndex.View) -> Pair {
            Pair(
                source: view.current(source), destination: view.current(destination),
                transport: transport, direction: direction)
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

        /// The unknown endpoint's packets are counted as such, and are nobody's flows.
        func end(in all: inout [Pair: Totals], _ view: IdentityIndex.View) {
            guard let local = view.identity(of: endpoint) else { return }
            let remote = view.identity(of: peer)
            let pair = Pair(
                source: direction == .egress ? local : remote,
                destination: direction == .egress ? remote : local,
                transport: TransportProtocol(number: protocolNumber), direction: direction)
            all[pair, default: Totals()].add(totals)
        }
    }

    /// A power of two.
    private static let recentConversations = 16

    private let identities: IdentityIndex
    private let translations: TranslationTable?
    private let catchUp: @Sendable () -> Void
    private let totals = Mutex<[Pair: Totals]>([:])

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
        totals.withLock { totals in
            var recent = [Conversation?](repeating: nil, count: Self.recentConversations)
            for (number, flow) in flows.enumerated() {
                let peer = peers?[number] ?? .address(flow.peer)
                let place = Conversation.place(of: flow)
                if recent[place]?.takes(flow, with: peer) == true {
                    recent[place]?.totals.add(flow)
                } else {
                    recent[place]?.end(in: &totals, view)
                    recent[place] = Conversation(flow, with: peer)
                }
            }
            for conversation in recent { conversation?.end(in: &totals, view) }
        }
    }

    package func write(to samples: inout SampleBuffer) {
        let cutoff = ContinuousClock.now - SeriesLifetime.grace
        let (view, rows) = totals.withLock { totals in
            // Taken under the lock: an older view would not know who came with the latest flows.
            let view = identities.current
            var kept: [Pair: Totals] = [:]
            for (pair, total) in totals {
                let pair = pair.current(in: view)
                let lives = [pair.source, pair.destination].allSatisfy {
                    view.retirement(of: $0).map { $0 > cutoff } ?? true
                }
                if lives { kept[pair, default: Totals()].add(total) }
            }
            totals = kept
            return (view, kept)
        }
        for (pair, total) in rows {
            let source = SourceLabel(view[pair.source])
            let destination = DestinationLabel(view[pair.destination])
            samples.add(
                total.packets, to: Catalog.flowPackets, source, destination, pair.transport,
                pair.direction)
            samples.add(
                total.bytes, to: Catalog.flowBytes, source, destination, pair.transport,
                pair.direction)
        }
    }
}
