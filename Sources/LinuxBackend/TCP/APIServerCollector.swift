package import MetricSchema
package import Observability

/// Connections to the API servers that the configuration names: of the node's uplinks, and of each endpoint.
package struct APIServerCollector: Collector {
    /// What was counted since the number was given to the endpoint.
    package typealias Reading = (latencies: PeerLatencies, failures: ServerFailures)

    package let name = CollectorName("api-server")
    private let board: EndpointBoard
    private let expire: @Sendable () throws -> Void
    private let read: @Sendable (UInt16) throws -> Reading

    /// `expire` is called first, and gives up on attempts that have waited for too long.
    package init(
        board: EndpointBoard, expire: @escaping @Sendable () throws -> Void,
        read: @escaping @Sendable (UInt16) throws -> Reading
    ) {
        self.board = board
        self.expire = expire
        self.read = read
    }

    package func collect(into samples: inout SampleBuffer) throws {
        try expire()
        var latencies = PeerLatencies()
        var failures = ServerFailures()
        var unwatched: UInt64 = 0
        for row in board.rows {
            let reading = try read(row.number)
            unwatched += reading.failures.unwatched
            if row.identity == .node {
                latencies += reading.latencies
                failures += reading.failures
            } else {
                add(reading, of: PodLabel(row.identity), to: &samples)
            }
        }
        samples.add(latencies.handshake, to: Catalog.nodeServerHandshake)
        samples.add(latencies.roundTrip, to: Catalog.nodeServerRoundTrip)
        samples.add(failures.unanswered, to: Catalog.nodeServerUnanswered)
        samples.add(failures.refused, to: Catalog.nodeServerRefused)
        samples.add(unwatched, to: Catalog.serverUnwatched)
    }

    /// Series that are always nought are not written.
    private func add(_ reading: Reading, of pod: PodLabel, to samples: inout SampleBuffer) {
        if reading.latencies.handshake.count > 0 {
            samples.add(reading.latencies.handshake, to: Catalog.podServerHandshake, pod)
        }
        if reading.latencies.roundTrip.count > 0 {
            samples.add(reading.latencies.roundTrip, to: Catalog.podServerRoundTrip, pod)
        }
        if reading.failures.unanswered > 0 {
            samples.add(reading.failures.unanswered, to: Catalog.podServerUnanswered, pod)
        }
        if reading.failures.refused > 0 {
            samples.add(reading.failures.refused, to: Catalog.podServerRefused, pod)
        }
    }
}
