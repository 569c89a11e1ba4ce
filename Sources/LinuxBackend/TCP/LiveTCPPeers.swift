import CLibBPF
import KernelABI
import MetricSchema
import Synchronization

/// Which peers the packet program is to watch, and how.
package struct WatchedPeers: Sendable, Equatable {
    package var peers: TCPPeers
    /// After this a SYN to an API server counts as unanswered; whole seconds.
    package var patience: Duration
    /// The most SYNs to API servers that await an answer at the same time.
    package var pending: Int

    package init(_ peers: TCPPeers, patience: Duration = .seconds(3), pending: Int = 4096) {
        self.peers = peers
        self.patience = patience
        self.pending = pending
    }

    fileprivate var patienceNanoseconds: UInt64 {
        UInt64(patience.components.seconds) * 1_000_000_000
    }
}

/// What the packet program holds of peers whose latencies are kept apart.
package final class LiveTCPPeers: Sendable {
    package let peers: TCPPeers
    private let endpoints: Int
    /// After how many nanoseconds a SYN to an API server counts as unanswered.
    private let patience: UInt64
    private let latencies: BPFMap
    private let pending: BPFMap
    private let failures: MappedArray<server_failures>
    /// Attempts that were given up here, by endpoint.
    private let expired = Mutex<[UInt16: UInt64]>([:])

    init(_ program: LiveBPFProgram, _ watching: WatchedPeers, endpoints: Int) throws {
        peers = watching.peers
        self.endpoints = endpoints
        patience = watching.patienceNanoseconds
        latencies = try program.map("latencies")
        pending = try program.map("tcp_pending")
        failures = try MappedArray(
            program.map("server_failures"), count: peers.servers.isEmpty ? 1 : endpoints)
        let map = try program.map("tcp_peers")
        for (key, peer) in peers.entries { try map.set(key, to: peer) }
    }

    /// Sizes the maps, before they are loaded.
    static func prepare(
        _ object: borrowing LiveBPFProgram.Unloaded, _ watching: WatchedPeers, endpoints: Int
    ) throws {
        try object.resize("tcp_peers", to: max(watching.peers.entries.count, 1))
        guard !watching.peers.servers.isEmpty else { return }
        try object.resize("tcp_pending", to: watching.pending)
        try object.resize("server_failures", to: endpoints)
    }

    /// Tells the program where to look and where to count; returns how many places that takes.
    static func place(
        _ watching: WatchedPeers, endpoints: Int, after first: Int, in knobs: inout tcp_knobs
    ) -> Int {
        let peers = watching.peers
        let kinds = Int(FOVEA_PEER_LATENCIES.rawValue)
        let ofServers = peers.servers.isEmpty ? 0 : endpoints * kinds
        knobs.peers = UInt32(peers.entries.count)
        knobs.servers = peers.servers.isEmpty ? 0 : 1
        knobs.patience = watching.patienceNanoseconds
        knobs.server_latencies = UInt32(first)
        knobs.node_latencies = UInt32(first + ofServers)
        return ofServers + peers.nodes.count * kinds
    }

    /// What an endpoint's connections to API servers took.
    package func serverLatencies(of endpoint: UInt16) throws -> PeerLatencies {
        try read(at: serverPlace(endpoint))
    }

    /// What connections of this node's uplinks to the peer node took, by its place in `peers.nodes`.
    package func nodeLatencies(_ node: Int) throws -> PeerLatencies {
        let kinds = Int(FOVEA_PEER_LATENCIES.rawValue)
        let first = serverPlace(peers.servers.isEmpty ? 0 : UInt16(endpoints))
        return try read(at: first + node * kinds)
    }

    package func serverFailures(of endpoint: UInt16) -> ServerFailures {
        var sum = ServerFailures()
        let counted = failures[Int(endpoint)]
        sum.refused = counted.refused
        sum.unanswered = counted.unanswered + expired.withLock { $0[endpoint, default: 0] }
        sum.unwatched = counted.unwatched
        return sum
    }

    /// Gives up on attempts that have waited for too long. Each is counted by whoever takes its entry away: this,
    /// or the program when an answer comes.
    package func expire(at now: UInt64 = ContinuousClock.kernelNow) throws {
        guard !peers.servers.isEmpty else { return }
        var late: [flow_key] = []
        try pending.forEach { key, since in
            let since = since.loadUnaligned(as: UInt64.self)
            if since + patience <= now { late.append(key.loadUnaligned(as: flow_key.self)) }
        }
        for key in late where try pending.remove(key) {
            expired.withLock { $0[key.endpoint, default: 0] += 1 }
        }
    }

    /// Starts an endpoint from nothing; no program may be counting for it.
    func reset(_ endpoint: UInt16) throws {
        guard !peers.servers.isEmpty else { return }
        failures.elements[Int(endpoint)] = server_failures()
        var left: [flow_key] = []
        try pending.forEach { key, _ in
            let key = key.loadUnaligned(as: flow_key.self)
            if key.endpoint == endpoint { left.append(key) }
        }
        for key in left { try pending.remove(key) }
        expired.withLock { $0[endpoint] = nil }
        for kind in 0..<Int(FOVEA_PEER_LATENCIES.rawValue) {
            try latencies.set(UInt32(serverPlace(endpoint) + kind), to: latency_histogram())
        }
    }

    private func serverPlace(_ endpoint: UInt16) -> Int {
        endpoints * TCPLatencies.Kind.allCases.count
            + Int(endpoint) * Int(FOVEA_PEER_LATENCIES.rawValue)
    }

    private func read(at place: Int) throws -> PeerLatencies {
        var both = PeerLatencies()
        both.handshake = try histogram(place + Int(FOVEA_PEER_HANDSHAKE.rawValue))
        both.roundTrip = try histogram(place + Int(FOVEA_PEER_ROUND_TRIP.rawValue))
        return both
    }

    private func histogram(_ place: Int) throws -> LatencyHistogram {
        LatencyHistogram(try latencies.value(UInt32(place), as: latency_histogram.self))
    }
}
