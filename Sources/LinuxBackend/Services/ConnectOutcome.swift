package import KernelABI
package import MetricSchema
package import Observability

/// What became of connections that endpoints opened to one server.
package struct ConnectOutcome: Sendable, Equatable {
    package enum Kind: Hashable, Sendable {
        /// With the place in `LatencyBuckets` of the time each took; nil where that is not known.
        case established(place: Int?)
        case failed(TCPFailure)
    }

    package let server: ServiceIndex.Backend
    /// Whose they were; 0 where that is not told, as of all that were established.
    package let endpoint: UInt16
    package let kind: Kind
    package let connections: UInt64
    /// All of them together.
    package let nanoseconds: UInt64

    package init(
        server: ServiceIndex.Backend, endpoint: UInt16 = 0, kind: Kind, connections: UInt64,
        nanoseconds: UInt64 = 0
    ) {
        self.server = server
        self.endpoint = endpoint
        self.kind = kind
        self.connections = connections
        self.nanoseconds = nanoseconds
    }

    /// Nil for a failure or a place that there is not.
    package init?(_ key: tcp_outcome_key, _ outcome: tcp_outcome) {
        let address = withUnsafeBytes(of: key) { IPAddress(networkOrder: $0.prefix(16)) }
        guard let address else { return nil }
        if key.outcome > 0 {
            let failures = TCPFailure.allCases
            guard key.outcome <= failures.count else { return nil }
            kind = .failed(failures[Int(key.outcome) - 1])
        } else if Int(key.place) == TCP_UNMEASURED {
            kind = .established(place: nil)
        } else {
            guard key.place < LatencyBuckets.places else { return nil }
            kind = .established(place: Int(key.place))
        }
        server = ServiceIndex.Backend(address: address, port: key.port)
        endpoint = key.endpoint
        connections = outcome.connections
        nanoseconds = outcome.nanoseconds
    }
}
