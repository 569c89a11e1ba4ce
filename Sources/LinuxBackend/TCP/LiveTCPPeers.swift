import CLibBPF
import KernelABI
import MetricSchema
package import Observability
import Synchronization

/// What the packet program holds of peers whose latencies are kept apart.
package final class LiveTCPPeers: Sendable {
    private let watching: WatchedPeers
    private let endpoints: Int
    private let peers: BPFMap
    /// What the program knows of whom.
    private let known = Mutex<[ServerAddress: WatchedPeers.Purpose]>([:])
    private let latencies: BPFMap
    private let pending: BPFMap
    private let failures: MappedArray<server_failures>
    /// Attempts that were given up here, by endpoint.
    private let expired = Mutex<[UInt16: UInt64]>([:])

    init(_ program: LiveBPFProgram, _ watching: WatchedPeers, endpoints: Int) throws {
        self.watching = watching
        self.endpoints = endpoints
        peers = try program.map("tcp_peers")
        latencies = try program.map("latencies")
        pending = try program.map("tcp_pending")
        failures = try MappedArray(
            program.map("server_failures"), count: watching.servers.isEmpty ? 1 : endpoints)
        try watch([:], fresh: [])
    }

    /// Sizes the maps, before they are loaded.
    static func prepare(
        _ object: borrowing LiveBPFProgram.Unloaded, _ watching: WatchedPeers, endpoints: Int
    ) throws {
        try object.resize("tcp_peers", to: max(watching.addresses, 1))
        guard !watching.servers.isEmpty else { return }
        try object.resize("tcp_pending", to: watching.pending)
        try object.resize("server_failures", to: endpoints)
    }

    /// Tells the program where to look and where to count; returns how many places that takes.
    static func place(
        _ watching: WatchedPeers, endpoints: Int, after first: Int, in knobs: inout tcp_knobs
    ) -> Int {
        let kinds = Int(FOVEA_PEER_LATENCIES.rawValue)
        let ofServers = watching.servers.isEmpty ? 0 : endpoints * kinds
        knobs.peers = UInt32(watching.addresses)
        knobs.servers = watching.servers.isEmpty ? 0 : 1
        knobs.patience = watching.patienceNanoseconds
        knobs.server_latencies = UInt32(first)
        knobs.node_latencies = UInt32(first + ofServers)
        return ofServers + watching.nodes * kinds
    }

    package var watchesServers: Bool { !watching.servers.isEmpty }

    /// Says which place each address of another node counts for; the fresh ones begin anew, and nobody may count for
    /// them yet. May be tried again where it fails. For one caller at a time.
    package func watch(_ nodes: [IPAddress: Int], fresh: [Int]) throws {
        let wanted = watching.purposes(nodes: nodes)
        let before = known.withLock { $0 }
        for address in before.keys where wanted[address] == nil {
            try peers.remove(tcp_peer_key(address))
            known.withLock { $0[address] = nil }
        }
        for place in fresh { try clear(at: nodePlace(place)) }
        for (address, purpose) in wanted where before[address] != purpose {
            try peers.set(tcp_peer_key(address), to: tcp_peer(purpose))
            known.withLock { $0[address] = purpose }
        }
    }

    /// What an endpoint's connections to API servers took.
    package func serverLatencies(of endpoint: UInt16) throws -> PeerLatencies {
        try read(at: serverPlace(endpoint))
    }

    /// What connections of this node's uplinks to the node that has a place took.
    package func nodeLatencies(_ place: Int) throws -> PeerLatencies {
        try read(at: nodePlace(place))
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
        guard watchesServers else { return }
        let patience = watching.patienceNanoseconds
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
        guard watchesServers else { return }
        failures.elements[Int(endpoint)] = server_failures()
        var left: [flow_key] = []
        try pending.forEach { key, _ in
            let key = key.loadUnaligned(as: flow_key.self)
            if key.endpoint == endpoint { left.append(key) }
        }
        for key in left { try pending.remove(key) }
        expired.withLock { $0[endpoint] = nil }
        try clear(at: serverPlace(endpoint))
    }

    private func clear(at place: Int) throws {
        for kind in 0..<Int(FOVEA_PEER_LATENCIES.rawValue) {
            try latencies.set(UInt32(place + kind), to: latency_histogram())
        }
    }

    private func nodePlace(_ place: Int) -> Int {
        serverPlace(watchesServers ? UInt16(endpoints) : 0)
            + place * Int(FOVEA_PEER_LATENCIES.rawValue)
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

extension tcp_peer_key {
    fileprivate init(_ server: ServerAddress) {
        self.init()
        withUnsafeMutableBytes(of: &address) { bytes in
            bytes.storeBytes(of: server.address.high.bigEndian, as: UInt64.self)
            bytes.storeBytes(
                of: server.address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        port = server.port ?? 0
    }
}

extension tcp_peer {
    fileprivate init(_ purpose: WatchedPeers.Purpose) {
        self.init(
            node: purpose.node.map { UInt16($0 + 1) } ?? 0, is_server: purpose.isServer ? 1 : 0)
    }
}
