package import MetricSchema

/// How long connecting to a peer and round trips to it took.
package struct PeerLatencies: Equatable, Sendable {
    package var handshake = LatencyHistogram()
    package var roundTrip = LatencyHistogram()

    package init() {}

    package static func += (left: inout PeerLatencies, right: PeerLatencies) {
        left.handshake += right.handshake
        left.roundTrip += right.roundTrip
    }
}

/// Connection attempts to API servers that came to nothing.
package struct ServerFailures: Equatable, Sendable {
    package var refused: UInt64 = 0
    package var unanswered: UInt64 = 0
    /// Attempts that found no room among the pending: in none of the others.
    package var unwatched: UInt64 = 0

    package init() {}

    package static func += (left: inout ServerFailures, right: ServerFailures) {
        left.refused += right.refused
        left.unanswered += right.unanswered
        left.unwatched += right.unwatched
    }
}
