// MARK: Flows that wait for a peer's name

extension Catalog {
    package static let waitingFlowPackets = Metric(
        "fovea_waiting_flow_packets", .gauge, budget: 1,
        help:
            "Packets in no flow series yet: their peer has no name, and may get one from the cluster within peers.naming-patience of when its address was seen first."
    )
    package static let hurriedFlowPackets = Metric(
        "fovea_hurried_flow_packets_total", .counter, budget: 1,
        help:
            "Packets whose peer might have got a name, and is outside in flow series because too many addresses waited for one."
    )

    package static let waiting: [MetricDescriptor] = [
        waitingFlowPackets.descriptor, hurriedFlowPackets.descriptor,
    ]
}
