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

    package static let socketReadingAge = Metric(
        "fovea_node_socket_reading_age_seconds", .gauge, .seconds, budget: 1,
        help:
            "Age of the node's own socket counts; with very many sockets they are not taken anew for each scrape."
    )

    package static let sockets: [MetricDescriptor] = [
        socketCounts.descriptors, listenQueue.descriptors, listenQueueLimit.descriptors,
        listenQueueFill.descriptors, socketQueueBytes.descriptors, [socketReadingAge.descriptor],
    ].flatMap { $0 }
}
