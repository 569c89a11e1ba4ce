package import MetricSchema

/// How long one endpoint's handshakes and round trips took, since its number was given to it.
package struct TCPLatencies: Equatable, Sendable {
    /// `enum fovea_tcp_latency`.
    package enum Kind: UInt32, CaseIterable, Sendable {
        case clientReply, serverReply, serverAcknowledged, roundTrip
    }

    package var clientReply = LatencyHistogram()
    package var serverReply = LatencyHistogram()
    package var serverAcknowledged = LatencyHistogram()
    package var roundTrip = LatencyHistogram()

    package init() {}

    package subscript(_ kind: Kind) -> LatencyHistogram {
        get {
            switch kind {
            case .clientReply: clientReply
            case .serverReply: serverReply
            case .serverAcknowledged: serverAcknowledged
            case .roundTrip: roundTrip
            }
        }
        set {
            switch kind {
            case .clientReply: clientReply = newValue
            case .serverReply: serverReply = newValue
            case .serverAcknowledged: serverAcknowledged = newValue
            case .roundTrip: roundTrip = newValue
            }
        }
    }

    package static func += (left: inout TCPLatencies, right: TCPLatencies) {
        for kind in Kind.allCases { left[kind] += right[kind] }
    }
}
