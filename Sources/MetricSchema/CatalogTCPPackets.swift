// TCP as its packets show it at an endpoint's link and at the node's uplinks.

extension Catalog {
    package static let nodeTCPFlags = Metric(
        "fovea_node_tcp_flag_packets_total", .counter, labels: Direction.self, TCPFlag.self,
        budget: 14, help: "TCP packets through the node's uplinks that carry the flag.")
    package static let podTCPFlags = Metric(
        "fovea_pod_tcp_flag_packets_total", .counter, level: .local, on: .both,
        labels: PodLabel.self, Direction.self, TCPFlag.self, budget: 14_000,
        retina: "networkobservability_adv_tcpflags_count",
        help: "TCP packets the endpoint sent (egress) and received that carry the flag.")
    package static let nodeTCPZeroWindows = Metric(
        "fovea_node_tcp_zero_window_packets_total", .counter, labels: Direction.self, budget: 2,
        help: "TCP packets through the node's uplinks that say their sender has no room for data.")
    package static let podTCPZeroWindows = Metric(
        "fovea_pod_tcp_zero_window_packets_total", .counter, level: .local,
        labels: PodLabel.self, Direction.self, budget: 2_000,
        help:
            "TCP packets that say their sender has no room for data: the endpoint (egress) or its peer."
    )
    package static let nodeTCPResequencedPackets = Metric(
        "fovea_node_tcp_resequenced_packets_total", .counter,
        labels: Direction.self, ResequencedKind.self, budget: 6,
        help: "TCP packets with data at the node's uplinks that was not what came next.")
    package static let podTCPResequencedPackets = Metric(
        "fovea_pod_tcp_resequenced_packets_total", .counter, level: .local,
        labels: PodLabel.self, Direction.self, ResequencedKind.self, budget: 6_000,
        help:
            "TCP packets with data that was not what came next in its connection, at the endpoint's link: retransmissions passed there before, late ones had been left out."
    )
    package static let nodeTCPResequencedBytes = Metric(
        "fovea_node_tcp_resequenced_bytes_total", .counter, .bytes,
        labels: Direction.self, ResequencedKind.self, budget: 6,
        help: "Bytes of TCP data at the node's uplinks that were not what came next.")
    package static let podTCPResequencedBytes = Metric(
        "fovea_pod_tcp_resequenced_bytes_total", .counter, .bytes, level: .local,
        labels: PodLabel.self, Direction.self, ResequencedKind.self, budget: 6_000,
        help:
            "Bytes of TCP data that were not what came next in their connection, at the endpoint's link."
    )
    package static let nodeTCPGaps = Metric(
        "fovea_node_tcp_gaps_total", .counter, labels: Direction.self, budget: 2,
        help: "Times that TCP data at the node's uplinks left some out.")
    package static let podTCPGaps = Metric(
        "fovea_pod_tcp_gaps_total", .counter, level: .local,
        labels: PodLabel.self, Direction.self, budget: 2_000,
        help:
            "Times that TCP data left some out at the endpoint's link: lost or overtaken before it came there."
    )
    package static let nodeTCPHandshake = Histogram(
        "fovea_node_tcp_handshake_seconds", labels: TCPRole.self, HandshakeStep.self, budget: 4,
        help:
            "Time of TCP handshakes at the node's uplinks: from SYN to SYN-ACK, and for connections from outside from SYN-ACK to ACK."
    )
    package static let podTCPHandshake = Histogram(
        "fovea_pod_tcp_handshake_seconds", level: .local,
        labels: PodLabel.self, TCPRole.self, HandshakeStep.self, budget: 4_000,
        help:
            "Time of TCP handshakes at the endpoint's link: from SYN to SYN-ACK, which is the network and the peer where the endpoint is the client and the endpoint itself where it is the server; and from its SYN-ACK to the client's ACK."
    )
    package static let nodeTCPRoundTrip = Histogram(
        "fovea_node_tcp_round_trip_seconds", budget: 1,
        help:
            "Time from TCP data that leaves by the node's uplinks to its acknowledgement; samples, as for endpoints."
    )
    package static let podTCPRoundTrip = Histogram(
        "fovea_pod_tcp_round_trip_seconds", level: .local, labels: PodLabel.self, budget: 1_000,
        help:
            "Time from data the endpoint sent to its acknowledgement, the peer's delay of it included; one sample at a time for a connection, none of data sent again."
    )
    package static let podTCPUntracked = Metric(
        "fovea_pod_tcp_untracked_packets_total", .counter, level: .local,
        labels: PodLabel.self, Direction.self, budget: 2_000,
        help:
            "TCP packets that open a connection or carry data, but found no room in packets.tcp-connections: absent from latencies, gaps and resequenced packets."
    )
    package static let nodeTCPUntracked = Metric(
        "fovea_node_tcp_untracked_packets_total", .counter, labels: Direction.self, budget: 2,
        help:
            "The same at the node's uplinks: TCP packets that found no room in packets.tcp-connections."
    )
    package static let tcpEvictions = Metric(
        "fovea_bpf_tcp_connection_evictions_total", .counter, budget: 1,
        help:
            "TCP connections that had been quiet and made room for others; with their next data they are followed anew."
    )

    package static let tcpPackets: [MetricDescriptor] = [
        nodeTCPFlags.descriptor, podTCPFlags.descriptor,
        nodeTCPZeroWindows.descriptor, podTCPZeroWindows.descriptor,
        nodeTCPResequencedPackets.descriptor, podTCPResequencedPackets.descriptor,
        nodeTCPResequencedBytes.descriptor, podTCPResequencedBytes.descriptor,
        nodeTCPGaps.descriptor, podTCPGaps.descriptor,
        nodeTCPHandshake.descriptor, podTCPHandshake.descriptor,
        nodeTCPRoundTrip.descriptor, podTCPRoundTrip.descriptor,
        nodeTCPUntracked.descriptor, podTCPUntracked.descriptor, tcpEvictions.descriptor,
    ]
}
