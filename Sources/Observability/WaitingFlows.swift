import MetricSchema

/// Packets and bytes of one series of flows.
struct FlowTotals {
    var packets: UInt64 = 0
    var bytes: UInt64 = 0
    /// When it last grew; only where its ends are told.
    var grown: ContinuousClock.Instant?

    mutating func add(_ flow: FlowDelta) {
        packets += flow.packets
        bytes += flow.bytes
    }

    mutating func add(_ other: FlowTotals) {
        packets += other.packets
        bytes += other.bytes
        if let theirs = other.grown { grown = grown.map { max($0, theirs) } ?? theirs }
    }
}

/// Flows whose peer is nobody's address yet and may be somebody's: held back until it has a name, or has been without
/// for too long. What is reported once cannot be taken back, since counters do not go down.
///
/// An address waits once. While it is seen, it is outside from then on until somebody has it; and so is one that
/// somebody has just given up, for its last packets are not those of who has it next.
struct WaitingFlows {
    /// A flow but for its peer.
    struct Flow: Hashable {
        let local: IdentityNumber
        let transport: TransportProtocol
        let direction: Direction
        let ends: FlowEnds
    }

    /// Packets that wait, and those that found no room to wait.
    struct Counts {
        var packets: UInt64 = 0
        var hurried: UInt64 = 0
    }

    struct Amount {
        var totals = FlowTotals()
        var tcp = TCPFlowQuality()
    }

    private struct Address {
        let first: ContinuousClock.Instant
        var last: ContinuousClock.Instant
        /// Empty when it has waited.
        var flows: [Flow: Amount] = [:]
        var hasWaited: Bool

        init(first: ContinuousClock.Instant, last: ContinuousClock.Instant, hasWaited: Bool) {
            self.first = first
            self.last = last
            self.hasWaited = hasWaited
        }
    }

    /// Together some 10 MB.
    static let mostAddresses = 16_384
    static let mostFlows = 32_768
    let patience: Duration
    private var addresses: [Peer: Address] = [:]
    private var flowCount = 0
    private var settled: (generation: UInt64, at: ContinuousClock.Instant)?
    private(set) var counts = Counts()

    init(patience: Duration) {
        self.patience = patience
    }

    /// False for a flow that has nothing to wait for.
    mutating func take(
        _ flow: Flow, with peer: Peer, _ amount: Amount, in view: IdentityIndex.View,
        now: ContinuousClock.Instant
    ) -> Bool {
        let prospect = patience > .zero ? view.prospect(of: peer.seen) : .none
        if prospect == .none { return false }
        if addresses[peer] == nil, addresses.count < Self.mostAddresses {
            addresses[peer] = Address(first: now, last: now, hasWaited: prospect == .givenUp)
        }
        addresses[peer]?.last = now
        if addresses[peer]?.hasWaited == true { return false }
        let isNew = addresses[peer]?.flows[flow] == nil
        guard addresses[peer] != nil, !isNew || flowCount < Self.mostFlows else {
            counts.hurried += amount.totals.packets
            return false
        }
        if isNew { flowCount += 1 }
        counts.packets += amount.totals.packets
        addresses[peer]?.flows[flow, default: Amount()].add(amount)
        return true
    }

    /// Hands over the flows of those who have a name by now, or have waited long enough. Cheap while nothing can have
    /// changed.
    mutating func settle(
        in view: IdentityIndex.View, now: ContinuousClock.Instant,
        _ take: (Flow, Peer, Amount) -> Void
    ) {
        if addresses.isEmpty { return }
        if let settled, settled.generation == view.generation, now - settled.at < .seconds(1),
            now >= settled.at
        {
            return
        }
        settled = (view.generation, now)
        for (peer, address) in addresses {
            let isNamed = view.isNamed(peer.seen)
            if !isNamed, !address.hasWaited, now - address.first < patience,
                view.prospect(of: peer.seen) == .open
            {
                continue
            }
            for (flow, amount) in address.flows {
                take(flow, peer, amount)
                counts.packets -= amount.totals.packets
            }
            flowCount -= address.flows.count
            if isNamed || now - address.last > IdentityIndex.rest {
                addresses[peer] = nil
            } else if !address.hasWaited {
                addresses[peer]?.hasWaited = true
                addresses[peer]?.flows = [:]
            }
        }
    }
}

extension WaitingFlows.Amount {
    mutating func add(_ other: WaitingFlows.Amount) {
        totals.add(other.totals)
        tcp += other.tcp
    }
}
