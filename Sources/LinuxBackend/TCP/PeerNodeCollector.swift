package import MetricSchema
package import Observability

/// How far the other nodes are, those that the configuration names or the cluster's.
package struct PeerNodeCollector: Collector {
    package let name = CollectorName("peer-nodes")
    private let board: PeerNodeBoard
    private let latencies: @Sendable (Int) throws -> PeerLatencies?
    private let presence: @Sendable (String) -> PeerPresence?

    /// `latencies` takes a place's number and `presence` a node's name, and both give nil where nothing is known.
    package init(
        board: PeerNodeBoard, latencies: @escaping @Sendable (Int) throws -> PeerLatencies?,
        presence: @escaping @Sendable (String) -> PeerPresence?
    ) {
        self.board = board
        self.latencies = latencies
        self.presence = presence
    }

    /// Histograms that are always nought are not written. Whether a node answers is told only while it is there.
    package func collect(into samples: inout SampleBuffer) throws {
        let places = board.places
        for place in places.shown(at: .now) {
            guard let latencies = try latencies(place.number) else { continue }
            let peer = PeerNodeName(place.name)
            if latencies.handshake.count > 0 {
                samples.add(latencies.handshake, to: Catalog.peerHandshake, peer)
            }
            if latencies.roundTrip.count > 0 {
                samples.add(latencies.roundTrip, to: Catalog.peerRoundTrip, peer)
            }
        }
        for place in places.present {
            guard let presence = presence(place.name) else { continue }
            let peer = PeerNodeName(place.name)
            samples.add(presence == .silent ? 0 : 1 as UInt64, to: Catalog.peerReachable, peer)
            if case .answered(let nanoseconds) = presence {
                samples.add(Double(nanoseconds) / 1e9, to: Catalog.peerProbeLatency, peer)
            }
        }
        samples.add(UInt64(places.unplaced), to: Catalog.peersUnwatched)
    }
}
