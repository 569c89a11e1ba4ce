import MetricSchema

/// Bytes between this node's zone and its peers'. Where a peer is, is looked up with its name; this node's zone, when
/// it is written.
struct ZoneLedger {
    private struct Way: Hashable {
        let peer: Whereabouts
        let direction: Direction
    }

    struct Row: Hashable {
        let source: SourceZone
        let destination: DestinationZone
        let direction: Direction
    }

    private var bytes: [Way: UInt64] = [:]
    private var home = ""

    /// Of an endpoint of this node. Endpoints of services say where they are, also where nobody knows who they are.
    mutating func add(
        _ bytes: UInt64, with peer: Peer, _ direction: Direction, in view: IdentityIndex.View,
        _ services: ServiceIndex.View?
    ) {
        var whereabouts = view.whereabouts(of: peer.seen)
        if whereabouts == .unknown, let zone = services?.zone(of: peer.seen) {
            whereabouts = .zone(zone)
        }
        if whereabouts == .unknown { return }
        self.bytes[Way(peer: whereabouts, direction: direction), default: 0] += bytes
    }

    /// `home` is this node's zone: the first that is said, for a node stays where it is.
    mutating func rows(home zone: String) -> [Row: UInt64] {
        if home.isEmpty { home = zone }
        if home.isEmpty { return [:] }
        var rows: [Row: UInt64] = [:]
        for (way, bytes) in bytes {
            let peer: String
            switch way.peer {
            case .unknown: continue
            case .here: peer = home
            case .zone(let zone): peer = zone
            }
            let isSent = way.direction == .egress
            let row = Row(
                source: SourceZone(isSent ? home : peer),
                destination: DestinationZone(isSent ? peer : home), direction: way.direction)
            rows[row, default: 0] += bytes
        }
        return rows
    }
}
