import Logging
import Observability

/// All about other nodes: who they are, how far, and whether they answer. Who they are is what the settings say or,
/// where they say nothing, the cluster.
actor PeerNodeWatch {
    nonisolated let board: PeerNodeBoard
    private nonisolated let latencies: LiveTCPPeers?
    private nonisolated let prober: NodeProber?
    private let cluster: (any PeerNodeSource)?
    private let log: Logger

    /// Nil where there are none to be watched. Without `latencies`, which are not to be had of every kernel, nodes are
    /// only asked.
    init?(
        _ settings: LinuxSettings, cluster: (any PeerNodeSource)?, latencies: LiveTCPPeers?,
        log: Logger
    ) throws {
        let capacity = settings.watchedPeers(cluster).nodes
        if capacity == 0 { return nil }
        let board = PeerNodeBoard(capacity: capacity)
        self.board = board
        self.latencies = latencies
        self.cluster = settings.peerNodes.isEmpty ? cluster : nil
        self.log = log
        prober = UInt16(exactly: settings.probePort).flatMap { port in
            if port == 0 { return nil }
            return NodeProber(board, interval: .seconds(settings.probeInterval)) { place in
                (try? latencies?.nodeLatencies(place).roundTrip.count) ?? 0
            } ask: {
                NodeProbe.ask($0, port: port)
            }
        }
        try board.follow(settings.peerNodes) { try latencies?.watch($0, fresh: $1) }
    }

    nonisolated var collector: PeerNodeCollector {
        PeerNodeCollector(board: board) { [latencies] in
            try latencies?.nodeLatencies($0)
        } presence: { [prober] in
            prober?.presence(of: $0)
        }
    }

    /// Until cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            if let prober { group.addTask { await prober.run() } }
            if let cluster {
                group.addTask {
                    for await _ in cluster.changes {
                        await self.follow(cluster)
                        // One look for a burst of changes.
                        try? await Task.sleep(for: .milliseconds(50))
                    }
                }
                group.addTask {
                    // Places become free with time.
                    while (try? await Task.sleep(for: .seconds(30))) != nil {
                        await self.follow(cluster)
                    }
                }
            }
            await group.waitForAll()
        }
    }

    private func follow(_ cluster: any PeerNodeSource) {
        do {
            try board.follow(cluster.nodes) { try latencies?.watch($0, fresh: $1) }
        } catch {
            log.error("cannot watch other nodes", metadata: ["error": "\(error)"])
        }
    }
}
