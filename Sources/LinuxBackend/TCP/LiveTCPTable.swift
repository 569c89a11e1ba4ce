package import KernelABI
package import MetricSchema

/// What the packet program holds of TCP: counters and latencies by endpoint.
package final class LiveTCPTable: Sendable {
    private let size: PacketProgramSize
    private let counters: MappedArray<tcp_counters>
    private let perCPU: MappedArray<tcp_table_stats>
    private let latencies: BPFMap
    /// Nil where none are named.
    package let peers: LiveTCPPeers?
    /// Nil where nothing is kept by flow.
    let flows: LiveTCPFlows?

    init(_ program: LiveBPFProgram, size: PacketProgramSize, watching: WatchedPeers) throws {
        self.size = size
        counters = try MappedArray(
            program.map("tcp_endpoints"),
            count: size.cpus * size.endpoints * Int(FOVEA_DIRECTIONS.rawValue))
        perCPU = try MappedArray(program.map("tcp_stats"), count: size.cpus)
        latencies = try program.map("latencies")
        peers =
            watching.isEmpty
            ? nil : try LiveTCPPeers(program, watching, endpoints: size.endpoints)
        flows = size.tcpFlows > 0 ? try LiveTCPFlows(program) : nil
    }

    /// Sizes the maps, before they are loaded.
    static func prepare(
        _ object: borrowing LiveBPFProgram.Unloaded, _ size: PacketProgramSize,
        watching: WatchedPeers
    ) throws {
        guard size.connectionSets > 0 else { return }
        try object.resize("tcp_table", to: size.connectionSets)
        try object.resize(
            "tcp_endpoints", to: size.cpus * size.endpoints * Int(FOVEA_DIRECTIONS.rawValue))
        try object.resize("tcp_stats", to: size.cpus)
        var knobs = tcp_knobs()
        let ofEndpoints = size.endpoints * TCPLatencies.Kind.allCases.count
        let ofPeers = LiveTCPPeers.place(
            watching, endpoints: size.endpoints, after: ofEndpoints, in: &knobs)
        try object.resize("latencies", to: ofEndpoints + ofPeers)
        try LiveTCPPeers.prepare(object, watching, endpoints: size.endpoints)
        if size.tcpFlows > 0 { try LiveTCPFlows.prepare(object, entries: size.tcpFlows) }
    }

    static func knobs(_ size: PacketProgramSize, inOrder: Bool, watching: WatchedPeers)
        -> tcp_knobs
    {
        precondition(LatencyBuckets.bounds.count == Int(FOVEA_LATENCY_BOUNDS))
        var knobs = tcp_knobs()
        _ = LiveTCPPeers.place(
            watching, endpoints: size.endpoints,
            after: size.endpoints * TCPLatencies.Kind.allCases.count, in: &knobs)
        knobs.sets = UInt32(size.connectionSets)
        knobs.in_order = inOrder ? 1 : 0
        knobs.flows = UInt32(size.tcpFlows)
        withUnsafeMutableBytes(of: &knobs.bounds) { bounds in
            LatencyBuckets.bounds.withUnsafeBytes { bounds.copyMemory(from: $0) }
        }
        return knobs
    }

    /// One endpoint's counters, all CPUs together.
    package func counts(of endpoint: UInt16, _ direction: Direction) -> TCPCounts {
        var total = TCPCounts()
        for cpu in 0..<size.cpus { total += TCPCounts(counters[place(endpoint, direction, cpu)]) }
        return total
    }

    package func latencies(of endpoint: UInt16) throws -> TCPLatencies {
        var all = TCPLatencies()
        for kind in TCPLatencies.Kind.allCases {
            let histogram = try latencies.value(
                place(endpoint, kind), as: latency_histogram.self)
            all[kind] = LatencyHistogram(histogram)
        }
        return all
    }

    /// Starts an endpoint from nothing; no program may be counting for it.
    func reset(_ endpoint: UInt16) throws {
        for direction in Direction.allCases {
            for cpu in 0..<size.cpus {
                counters.elements[place(endpoint, direction, cpu)] = tcp_counters()
            }
        }
        for kind in TCPLatencies.Kind.allCases {
            try latencies.set(place(endpoint, kind), to: latency_histogram())
        }
        try peers?.reset(endpoint)
    }

    package var stats: tcp_table_stats {
        (0..<size.cpus).reduce(into: tcp_table_stats()) { total, cpu in
            total.evictions += perCPU[cpu].evictions
            total.flows += perCPU[cpu].flows
            total.lost_events += perCPU[cpu].lost_events
        }
    }

    private func place(_ endpoint: UInt16, _ direction: Direction, _ cpu: Int) -> Int {
        (cpu * size.endpoints + Int(endpoint)) * Int(FOVEA_DIRECTIONS.rawValue) + direction.number
    }

    private func place(_ endpoint: UInt16, _ kind: TCPLatencies.Kind) -> UInt32 {
        UInt32(endpoint) * FOVEA_TCP_LATENCIES.rawValue + kind.rawValue
    }
}
