/// TCP's states by the names that the kernel has for them (net/tcp_states.h). A UDP socket is `established` where
/// it is connected, and else in `close`.
package enum SocketState: String, ClosedLabel {
    case established
    case synSent = "syn_sent"
    case synReceived = "syn_recv"
    case finWait1 = "fin_wait1"
    case finWait2 = "fin_wait2"
    case timeWait = "time_wait"
    case close
    case closeWait = "close_wait"
    case lastAck = "last_ack"
    case listen, closing
    case boundInactive = "bound_inactive"
    /// One that this agent does not know yet.
    case other
    package static var name: String { "state" }
}

/// The protocol of a socket.
package enum SocketProtocol: String, ClosedLabel {
    case tcp, udp
    package static var name: String { "protocol" }
}

/// One of a socket's two queues.
package enum SocketQueue: String, ClosedLabel {
    /// Received and not read.
    case receive
    /// Written and not acknowledged, or of UDP not sent.
    case send
    package static var name: String { "queue" }
}

/// How long a socket's smoothed round trip is: the narrowest that holds it, so that each socket is in one.
package enum RoundTripRange: String, ClosedLabel {
    case under1ms = "under_1ms"
    case under10ms = "under_10ms"
    case under100ms = "under_100ms"
    case under1s = "under_1s"
    case longer = "from_1s"
    /// Nothing that it sent was acknowledged yet, or the kernel does not tell.
    case unmeasured
    package static var name: String { "round_trip" }

    /// Where it is known; 0 is that it is not.
    package init(microseconds: UInt32) {
        switch microseconds {
        case 0: self = .unmeasured
        case ..<1_000: self = .under1ms
        case ..<10_000: self = .under10ms
        case ..<100_000: self = .under100ms
        case ..<1_000_000: self = .under1s
        default: self = .longer
        }
    }
}

/// The port of listeners, or `other` for those that had to share a series.
package struct ListenPort: OpenLabel, Hashable {
    package static var name: String { "port" }
    package let value: String
    package init(_ value: String) { self.value = value }
    package static let other = ListenPort("other")
}

extension Catalog {
    package static let socketCounts = ScopedMetric(
        "sockets", .gauge, on: .both, labels: AddressFamily.self, SocketProtocol.self,
        SocketState.self,
        series: 52, retina: "networkobservability_tcp_state",
        help: "Sockets by state, requests in a listener's queue of half-open connections included.")
    package static let listenQueue = ScopedMetric(
        "listen_queue_connections", .gauge, labels: ListenPort.self, series: 33,
        help: "Connections that wait to be accepted, all listeners on the port together.")
    package static let listenQueueLimit = ScopedMetric(
        "listen_queue_limit_connections", .gauge, labels: ListenPort.self, series: 33,
        help: "Connections that may wait at the port's listeners; with one more they overflow.")
    package static let listenQueueFill = ScopedMetric(
        "listen_queue_fill_ratio", .gauge, series: 1,
        help: "How full the fullest listener's queue is; above 1 new connections are dropped.")
    package static let socketQueueBytes = ScopedMetric(
        "socket_queue_bytes", .gauge, .bytes, labels: SocketProtocol.self, SocketQueue.self,
        series: 4, help: "Bytes in the queues of sockets that do not listen.")

    package static let roundTripSockets = ScopedMetric(
        "tcp_sockets_by_round_trip", .gauge, labels: RoundTripRange.self, series: 6,
        help:
            "Established TCP sockets by the smoothed round trip that each has now (srtt), each in the narrowest that holds it; unmeasured is what had nothing acknowledged yet."
    )
    package static let longestRoundTrip = ScopedMetric(
        "tcp_sockets_longest_round_trip_seconds", .gauge, .seconds, series: 1,
        help: "Smoothed round trip of the established TCP socket that has the longest.")

    package static let socketReadingAge = Metric(
        "fovea_node_socket_reading_age_seconds", .gauge, .seconds, budget: 1,
        help:
            "Age of the node's own socket counts; with very many sockets they are not taken anew for each scrape."
    )

    package static let sockets: [MetricDescriptor] = [
        socketCounts.descriptors, listenQueue.descriptors, listenQueueLimit.descriptors,
        listenQueueFill.descriptors, socketQueueBytes.descriptors,
        roundTripSockets.descriptors, longestRoundTrip.descriptors, [socketReadingAge.descriptor],
    ].flatMap { $0 }
}
