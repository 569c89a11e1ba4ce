import KernelABI
import MetricSchema
import Synchronization

/// The TCP socket program in the kernel, attached from `init` to `deinit`.
package final class LiveTCPSocketProgram: EndpointFollower {
    package static let programs = [
        "fovea_retransmit", "fovea_retransmit_synack", "fovea_send_reset", "fovea_receive_reset",
        "fovea_tcp_state",
    ]

    package let program: LiveBPFProgram
    package let reasons: ResetReasonNames
    /// False before Linux 6.10, where only resets of live sockets are seen.
    package let seesEveryReset: Bool
    /// Nil where nobody asks.
    package let outcomes: LiveConnectOutcomes?
    private let links: [BPFLink]
    private let counters: MappedArray<UInt64>
    private let owners: EndpointMaps
    private let halfOpen: BPFMap
    private let halfOpenTimeout: Duration
    /// Of endpoints whose numbers were given back: the node's totals keep them.
    private let released = Mutex(TCPSocketTotals())

    /// `handshakes` is how many may be under way before the oldest is not measured. A half-open connection has ended
    /// when its SYN-ACK was not sent again for `halfOpenTimeout`.
    /// `outcomes`: what to keep of what becomes of endpoints' connections.
    package init(
        endpoints: Int, handshakes: Int, halfOpenTimeout: Duration, outcomes: OutcomeDetail = []
    ) throws {
        let host = try LiveNamespaces.own()
        let types = try KernelBTF()
        let seesEveryReset = types.arguments(ofTracepoint: "tcp_send_reset") ?? 0 > 2
        var knobs = tcp_socket_knobs()
        knobs.host_namespace = host
        knobs.has_reset_reason = seesEveryReset ? 1 : 0
        knobs.has_retransmit_error =
            types.arguments(ofTracepoint: "tcp_retransmit_skb") ?? 0 > 2 ? 1 : 0
        knobs.outcomes = outcomes.rawValue
        withUnsafeMutableBytes(of: &knobs.bounds) { place in
            LatencyBuckets.bounds.withUnsafeBytes { place.copyMemory(from: $0) }
        }
        reasons = ResetReasonNames(kernelNames: types.enumeration("sk_rst_reason"))
        self.seesEveryReset = seesEveryReset
        let program = try LiveBPFProgram(.tcp) { object in
            try object.resize("tcp_sockets", to: endpoints)
            try object.resize("connecting", to: handshakes)
            try object.resize("half_open", to: handshakes)
            try object.resize("tcp_namespaces", to: endpoints)
            if !outcomes.isEmpty { try LiveConnectOutcomes.prepare(object) }
            try object.set(knobs)
        }
        self.program = program
        counters = try MappedArray(
            program.map("tcp_sockets"), count: endpoints * TCPSocketTotals.words)
        halfOpen = try program.map("half_open")
        self.outcomes = outcomes.isEmpty ? nil : try LiveConnectOutcomes(program)
        self.halfOpenTimeout = halfOpenTimeout
        owners = EndpointMaps(namespaces: try program.map("tcp_namespaces"))
        links = try Self.programs.map { try program.attachTracing($0) }
    }

    package func follow(_ places: EndpointPlaces) throws {
        try owners.follow(places)
    }

    /// What was counted for an endpoint so far; 0 is the host's own namespace.
    package func totals(of endpoint: UInt16) -> TCPSocketTotals {
        let first = Int(endpoint) * TCPSocketTotals.words
        let words = (0..<TCPSocketTotals.words).map { counters[first + $0] }
        return TCPSocketTotals(words) ?? TCPSocketTotals()
    }

    /// Takes out half-open connections that have ended, and counts each that was not established meanwhile.
    package func sweep() throws {
        let now = ContinuousClock.kernelNow
        let ended = try halfOpenConnections {
            $0.last < now && Duration.nanoseconds(now - $0.last) > halfOpenTimeout
        }
        for (key, connection) in ended where try halfOpen.remove(key) {
            let first = Int(connection.endpoint) * TCPSocketTotals.words
            counters.elements[first + TCPSocketTotals.halfOpenWord] += 1  // nobody else does
        }
    }

    private func halfOpenConnections(
        where isMeant: (tcp_half_open) -> Bool
    ) throws -> [(key: UInt64, connection: tcp_half_open)] {
        var meant: [(key: UInt64, connection: tcp_half_open)] = []
        try halfOpen.forEach(batch: 512) { key, value in
            let connection = value.loadUnaligned(as: tcp_half_open.self)
            if isMeant(connection) {
                meant.append((key.loadUnaligned(as: UInt64.self), connection))
            }
        }
        return meant
    }

    /// What was counted for endpoints that are no more.
    package var ofReleased: TCPSocketTotals { released.withLock { $0 } }

    package func forget(_ endpoint: UInt16) {
        let left = (try? halfOpenConnections { $0.endpoint == UInt32(endpoint) }) ?? []
        for (key, _) in left { _ = try? halfOpen.remove(key) }
        let last = totals(of: endpoint)
        released.withLock { $0 += last }
        let first = Int(endpoint) * TCPSocketTotals.words
        for word in 0..<TCPSocketTotals.words { counters.elements[first + word] = 0 }
    }
}
