// TCP as the sockets on this node see it. `_pod_` is the sockets in one endpoint's network namespace, with
// `reserved:node` for the host's own; `_node_` is all of them.

extension Catalog {
    package static let nodeTCPRetransmittedPackets = Metric(
        "fovea_node_tcp_socket_retransmitted_packets_total", .counter,
        labels: TCPSegmentKind.self, budget: 3,
        help: "Packets that TCP sockets of the node sent again, as on the wire.")
    package static let nodeTCPRetransmittedBytes = Metric(
        "fovea_node_tcp_socket_retransmitted_bytes_total", .counter, .bytes, budget: 1,
        help: "Payload that TCP sockets of the node sent again.")
    package static let podTCPRetransmittedPackets = Metric(
        "fovea_pod_tcp_socket_retransmitted_packets_total", .counter, level: .local,
        labels: PodLabel.self, TCPSegmentKind.self, budget: 3_000,
        retina: "networkobservability_adv_tcpretrans_count",
        help:
            "Packets that TCP sockets of the endpoint sent again, as on the wire: an aggregated packet is its segments."
    )
    package static let podTCPRetransmittedBytes = Metric(
        "fovea_pod_tcp_socket_retransmitted_bytes_total", .counter, .bytes, level: .local,
        labels: PodLabel.self, budget: 1_000,
        help: "Payload that TCP sockets of the endpoint sent again.")

    package static let nodeTCPResetsSent = Metric(
        "fovea_node_tcp_socket_resets_sent_total", .counter, labels: ResetReason.self, budget: 64,
        help:
            "Resets that TCP of the node sent, by the kernel's reason; before Linux 6.10 only those of live sockets, without reasons."
    )
    package static let nodeTCPResetsReceived = Metric(
        "fovea_node_tcp_socket_resets_received_total", .counter, budget: 1,
        help:
            "Resets that ended a TCP socket of the node, connection attempts included; those of half-open connections do not."
    )
    package static let podTCPResetsSent = Metric(
        "fovea_pod_tcp_socket_resets_sent_total", .counter, level: .local,
        labels: PodLabel.self, ResetReason.self, budget: 4_000,
        help:
            "Resets that TCP of the endpoint sent, by the kernel's reason; before Linux 6.10 only those of live sockets, without reasons."
    )
    package static let podTCPResetsReceived = Metric(
        "fovea_pod_tcp_socket_resets_received_total", .counter, level: .local,
        labels: PodLabel.self, budget: 1_000,
        help:
            "Resets that ended a TCP socket of the endpoint, connection attempts included; those of half-open connections do not."
    )

    package static let nodeTCPEstablished = Metric(
        "fovea_node_tcp_socket_connections_established_total", .counter,
        labels: TCPRole.self, budget: 2,
        help:
            "TCP connections that sockets of the node opened (client) or accepted (server), handshake complete."
    )
    package static let nodeTCPFailed = Metric(
        "fovea_node_tcp_socket_connections_failed_total", .counter,
        labels: TCPRole.self, TCPFailure.self, budget: 14,
        help:
            "TCP connections that failed before they were established, by the error their socket got; of half-open ones those that their client reset."
    )
    package static let nodeTCPClosed = Metric(
        "fovea_node_tcp_socket_connections_closed_total", .counter,
        labels: TCPEnding.self, budget: 6,
        help: "Established TCP connections of the node that ended, by how; TIME-WAIT is past that.")
    package static let podTCPEstablished = Metric(
        "fovea_pod_tcp_socket_connections_established_total", .counter, level: .local,
        labels: PodLabel.self, TCPRole.self, budget: 2_000,
        help:
            "TCP connections that sockets of the endpoint opened (client) or accepted (server), handshake complete."
    )
    package static let podTCPFailed = Metric(
        "fovea_pod_tcp_socket_connections_failed_total", .counter, level: .local,
        labels: PodLabel.self, TCPRole.self, TCPFailure.self, budget: 7_000,
        help:
            "TCP connections of the endpoint that failed before they were established, by the error their socket got; of half-open ones those that their client reset."
    )
    package static let podTCPClosed = Metric(
        "fovea_pod_tcp_socket_connections_closed_total", .counter, level: .local,
        labels: PodLabel.self, TCPEnding.self, budget: 4_000,
        help: "Established TCP connections of the endpoint that ended, by how.")

    package static let nodeTCPUnmeasured = Metric(
        "fovea_node_tcp_socket_handshakes_unmeasured_total", .counter, labels: TCPRole.self,
        budget: 2,
        help:
            "Established TCP connections of the node that are in no duration: begun before the agent, by SYN cookie, or too many at once."
    )
    package static let podTCPUnmeasured = Metric(
        "fovea_pod_tcp_socket_handshakes_unmeasured_total", .counter, level: .local,
        labels: PodLabel.self, TCPRole.self, budget: 2_000,
        help:
            "Established TCP connections of the endpoint that are in no duration: begun before the agent, by SYN cookie, or too many at once."
    )
    package static let nodeTCPHalfOpenEnded = Metric(
        "fovea_node_tcp_socket_half_open_ended_total", .counter, budget: 1,
        help:
            "Connections to sockets of the node that came to nothing after their SYN-ACK was sent again: not established, nor sent again for tcp-sockets.half-open-timeout."
    )
    package static let nodeTCPHalfOpenUnwatched = Metric(
        "fovea_node_tcp_socket_half_open_unwatched_total", .counter, budget: 1,
        help:
            "SYN-ACKs sent again for connections of which there were more than tcp-sockets.handshakes: their end is not counted."
    )
    package static let podTCPHalfOpenEnded = Metric(
        "fovea_pod_tcp_socket_half_open_ended_total", .counter, level: .local,
        labels: PodLabel.self, budget: 1_000,
        help:
            "Connections to sockets of the endpoint that came to nothing after their SYN-ACK was sent again: not established, nor sent again for tcp-sockets.half-open-timeout."
    )
    package static let nodeTCPConnectSeconds = Histogram(
        "fovea_node_tcp_socket_connect_duration_seconds", budget: 1,
        help:
            "From connect to established, SYNs sent again included, of TCP sockets of the node; failures are in none."
    )
    package static let podTCPConnectSeconds = Histogram(
        "fovea_pod_tcp_socket_connect_duration_seconds", level: .local, labels: PodLabel.self,
        budget: 1_000,
        help:
            "From connect to established, SYNs sent again included, of TCP sockets of the endpoint; failures are in none."
    )
    package static let nodeTCPAcceptSeconds = Histogram(
        "fovea_node_tcp_socket_accept_duration_seconds", budget: 1,
        help:
            "From the first SYN-ACK to its acknowledgement, of connections that TCP sockets of the node accepted."
    )
    package static let podTCPAcceptSeconds = Histogram(
        "fovea_pod_tcp_socket_accept_duration_seconds", level: .local, labels: PodLabel.self,
        budget: 1_000,
        help:
            "From the first SYN-ACK to its acknowledgement, of connections that TCP sockets of the endpoint accepted."
    )
    package static let nodeTCPRoundTripSeconds = Histogram(
        "fovea_node_tcp_socket_round_trip_seconds", budget: 1,
        help:
            "Smoothed round-trip time that TCP sockets of the node had at their end, once for each established connection."
    )
    package static let podTCPRoundTripSeconds = Histogram(
        "fovea_pod_tcp_socket_round_trip_seconds", level: .local, labels: PodLabel.self,
        budget: 1_000,
        help:
            "Smoothed round-trip time that TCP sockets of the endpoint had at their end, once for each established connection."
    )

    package static let tcpSockets: [MetricDescriptor] = [
        nodeTCPRetransmittedPackets.descriptor, nodeTCPRetransmittedBytes.descriptor,
        podTCPRetransmittedPackets.descriptor, podTCPRetransmittedBytes.descriptor,
        nodeTCPResetsSent.descriptor, nodeTCPResetsReceived.descriptor,
        podTCPResetsSent.descriptor, podTCPResetsReceived.descriptor,
        nodeTCPEstablished.descriptor, nodeTCPFailed.descriptor, nodeTCPClosed.descriptor,
        podTCPEstablished.descriptor, podTCPFailed.descriptor, podTCPClosed.descriptor,
        nodeTCPUnmeasured.descriptor, podTCPUnmeasured.descriptor,
        nodeTCPHalfOpenEnded.descriptor, nodeTCPHalfOpenUnwatched.descriptor,
        podTCPHalfOpenEnded.descriptor,
        nodeTCPConnectSeconds.descriptor, podTCPConnectSeconds.descriptor,
        nodeTCPAcceptSeconds.descriptor, podTCPAcceptSeconds.descriptor,
        nodeTCPRoundTripSeconds.descriptor, podTCPRoundTripSeconds.descriptor,
    ]
}
