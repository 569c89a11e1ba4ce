package import MetricSchema
package import Observability

/// How far the other nodes are that the configuration names.
package struct PeerNodeCollector: Collector {
    package let name = CollectorName("peer-nodes")
    private let nodes: [String]
    private let latencies: @Sendable (Int) throws -> PeerLatencies?
    private let presence: @Sendable (Int) -> PeerPresence?

    /// Both take a node's place in `nodes`, and give nil where nothing is known.
    package init(
        nodes: [String], latencies: @escaping @Sendable (Int) throws -> PeerLatencies?,
        presence: @escaping @Sendable (Int) -> PeerPresence?
    ) {
        self.nodes = nodes
        self.latencies = latencies
        self.presence = presence
    }

    package func collect(into samples: inout SampleBuffer) throws {
        for (place, name) in nodes.enumerated() {
            let peer = PeerNodeName(name)
            if let latencies = try latencies(place) {
                samples.add(latencies.handshake, to: Catalog.peerHandshake, peer)
                samples.add(latencies.roundTrip, to: Catalog.peerRoundTrip, peer)
            }
            guard let presence = presence(place) else { continue }
            samples.add(presence == .silent ? 0 : 1 as UInt64, to: Catalog.peerReachable, peer)
            if case .answered(let nanoseconds) = presence {
                samples.add(Double(nanoseconds) / 1e9, to: Catalog.peerProbeLatency, peer)
            }
        }
    }
}
