// TCP's quality by source and destination, as packets show it at an endpoint's link and at the node's uplinks.

extension Catalog {
    package static let flowTCPResequencedPackets = Metric(
        "fovea_flow_tcp_resequenced_packets_total", .counter, level: .remote,
        labels: SourceLabel.self, DestinationLabel.self, Direction.self, ResequencedKind.self,
        budget: 5_000,
        help:
            "TCP packets with data from source to destination that was not what came next in its connection, seen at the sender (egress) or at the receiver (ingress): retransmissions passed there before, late ones had been left out."
    )
    package static let flowTCPResequencedBytes = Metric(
        "fovea_flow_tcp_resequenced_bytes_total", .counter, .bytes, level: .remote,
        labels: SourceLabel.self, DestinationLabel.self, Direction.self, ResequencedKind.self,
        budget: 5_000,
        help:
            "Bytes of TCP data from source to destination that were not what came next in their connection."
    )
    package static let flowTCPResets = Metric(
        "fovea_flow_tcp_reset_packets_total", .counter, level: .remote,
        labels: SourceLabel.self, DestinationLabel.self, Direction.self, budget: 5_000,
        help:
            "TCP resets from source to destination, seen at the sender (egress) or at the receiver (ingress)."
    )
    package static let flowTCPZeroWindows = Metric(
        "fovea_flow_tcp_zero_window_packets_total", .counter, level: .remote,
        labels: SourceLabel.self, DestinationLabel.self, Direction.self, budget: 5_000,
        help:
            "TCP packets by which the source says to the destination that it has no room for data."
    )
    package static let flowTCPHandshakes = Metric(
        "fovea_flow_tcp_handshakes_total", .counter, level: .remote,
        labels: SourceLabel.self, DestinationLabel.self, TCPRole.self, HandshakeStep.self,
        budget: 5_000,
        help:
            "TCP handshakes of the source with the destination that were timed, as in fovea_pod_tcp_handshake_seconds of the source."
    )
    package static let flowTCPHandshakeSeconds = Metric(
        "fovea_flow_tcp_handshake_seconds_total", .counter, .seconds, level: .remote,
        labels: SourceLabel.self, DestinationLabel.self, TCPRole.self, HandshakeStep.self,
        budget: 5_000,
        help:
            "Time that the handshakes of fovea_flow_tcp_handshakes_total took together."
    )
    package static let flowTCPRoundTrips = Metric(
        "fovea_flow_tcp_round_trips_total", .counter, level: .remote,
        labels: SourceLabel.self, DestinationLabel.self, budget: 5_000,
        help:
            "Times that the destination's acknowledgement of data from the source was timed, as in fovea_pod_tcp_round_trip_seconds of the source."
    )
    package static let flowTCPRoundTripSeconds = Metric(
        "fovea_flow_tcp_round_trip_seconds_total", .counter, .seconds, level: .remote,
        labels: SourceLabel.self, DestinationLabel.self, budget: 5_000,
        help: "Time that the round trips of fovea_flow_tcp_round_trips_total took together.")
    package static let tcpLostFlowEvents = Metric(
        "fovea_bpf_tcp_flow_events_lost_total", .counter, budget: 1,
        help:
            "Packets and latencies that are in the endpoints' TCP series and in no series by flow, since their flow found no room in packets.tcp-flows."
    )

    package static let tcpFlows: [MetricDescriptor] = [
        flowTCPResequencedPackets.descriptor, flowTCPResequencedBytes.descriptor,
        flowTCPResets.descriptor, flowTCPZeroWindows.descriptor,
        flowTCPHandshakes.descriptor, flowTCPHandshakeSeconds.descriptor,
        flowTCPRoundTrips.descriptor, flowTCPRoundTripSeconds.descriptor,
        tcpLostFlowEvents.descriptor,
    ]
}
