/// Every metric Fovea writes. Names: `fovea_`, what is counted, base unit, `_total` on counters.
/// `_node_` is the whole node, `_pod_` one endpoint, `_flow_` a source and a destination.
package enum Catalog {
    package static let all: [MetricDescriptor] = [
        traffic,
        tcpPackets,
        tcpFlows,
        apiServer,
        peerLatencies, peerProbes,
        drops,
        tcpSockets,
        dns,
        netfilterDrops,
        policies, connectionPolicies,
        services,
        nftables, endpointNftables,
        interfaces,
        stack,
        sockets,
        devices,
        conntrack,
        cluster,
        budget,
        contexts, waiting,
        agent,
        access,
        windows,
    ].flatMap { $0 }
}

// MARK: Traffic

extension Catalog {
    package static let nodePackets = Metric(
        "fovea_node_forward_packets_total", .counter, on: .both, labels: Direction.self, budget: 2,
        retina: "networkobservability_forward_count",
        help: "Packets through the node's uplinks, as their own counters see them.")
    package static let nodeBytes = Metric(
        "fovea_node_forward_bytes_total", .counter, .bytes, on: .both, labels: Direction.self,
        budget: 2,
        retina: "networkobservability_forward_bytes",
        help: "Bytes through the node's uplinks, link-layer headers included.")
    package static let nodeSegments = Metric(
        "fovea_node_forward_segments_total", .counter, labels: Direction.self, budget: 2,
        help:
            "Packets through the node's uplinks as on the wire: an aggregated packet is its segments."
    )
    package static let podPackets = Metric(
        "fovea_pod_forward_packets_total", .counter, level: .local, on: .both,
        labels: PodLabel.self, Direction.self, budget: 2_000,
        retina: "networkobservability_adv_forward_count",
        help: "Packets the endpoint sent (egress) and received, as its link's counters see them.")
    package static let podBytes = Metric(
        "fovea_pod_forward_bytes_total", .counter, .bytes, level: .local, on: .both,
        labels: PodLabel.self, Direction.self, budget: 2_000,
        retina: "networkobservability_adv_forward_bytes",
        help: "Bytes the endpoint sent and received, link-layer headers included.")
    package static let podSegments = Metric(
        "fovea_pod_forward_segments_total", .counter, level: .local,
        labels: PodLabel.self, Direction.self, budget: 2_000,
        help: "Packets of the endpoint as on the wire: an aggregated packet is its segments.")
    package static let podUndetailedPackets = Metric(
        "fovea_pod_undetailed_packets_total", .counter, level: .local,
        labels: PodLabel.self, Direction.self, DetailLoss.self, budget: 6_000,
        help: "Packets that are in the endpoint's totals and in no flow, by cause.")
    package static let podUndetailedBytes = Metric(
        "fovea_pod_undetailed_bytes_total", .counter, .bytes, level: .local,
        labels: PodLabel.self, Direction.self, DetailLoss.self, budget: 6_000,
        help: "Bytes that are in the endpoint's totals and in no flow, by cause.")
    package static let flowPackets = Metric(
        "fovea_flow_packets_total", .counter, level: .remote,
        labels: SourceLabel.self, DestinationLabel.self, TransportProtocol.self, Direction.self,
        budget: 10_000, retina: "networkobservability_adv_forward_count",
        help:
            "Packets from source to destination, seen at the sender (egress) or at the receiver (ingress)."
    )
    package static let flowBytes = Metric(
        "fovea_flow_bytes_total", .counter, .bytes, level: .remote,
        labels: SourceLabel.self, DestinationLabel.self, TransportProtocol.self, Direction.self,
        budget: 10_000, retina: "networkobservability_adv_forward_bytes",
        help:
            "Bytes from source to destination, seen at the sender (egress) or at the receiver (ingress)."
    )

    package static let traffic: [MetricDescriptor] = [
        nodePackets.descriptor, nodeBytes.descriptor, nodeSegments.descriptor,
        podPackets.descriptor, podBytes.descriptor, podSegments.descriptor,
        podUndetailedPackets.descriptor, podUndetailedBytes.descriptor,
        flowPackets.descriptor, flowBytes.descriptor,
    ]
}

// MARK: Drops

extension Catalog {
    package static let nodeDropPackets = Metric(
        "fovea_node_drop_packets_total", .counter, on: .both,
        labels: DropReason.self, Direction.self, budget: 400,
        retina: "networkobservability_drop_count",
        help:
            "Packets dropped anywhere on the node, its endpoints included, by reason; each from one source: docs/drops.md says which."
    )
    package static let nodeDropBytes = Metric(
        "fovea_node_drop_bytes_total", .counter, .bytes,
        labels: DropReason.self, Direction.self, budget: 400,
        retina: "networkobservability_drop_bytes",
        help:
            "Bytes of dropped packets from the network header on, by reason; what hardware dropped has none."
    )
    package static let podDropPackets = Metric(
        "fovea_pod_drop_packets_total", .counter, level: .local, on: .both,
        labels: PodLabel.self, DropReason.self, Direction.self, budget: 4_000,
        retina: "networkobservability_adv_drop_count",
        help:
            "Packets to (ingress) or from (egress) the endpoint that the system dropped, by reason."
    )
    package static let podDropBytes = Metric(
        "fovea_pod_drop_bytes_total", .counter, .bytes, level: .local,
        labels: PodLabel.self, DropReason.self, Direction.self, budget: 4_000,
        retina: "networkobservability_adv_drop_bytes",
        help: "Bytes of the endpoint's dropped packets from the network header on, by reason.")
    package static let dropsUndetailedPackets = Metric(
        "fovea_node_drop_undetailed_packets_total", .counter, budget: 1,
        help: "Dropped packets whose reason and endpoint found no room; in no other series.")
    package static let dropsUndetailedBytes = Metric(
        "fovea_node_drop_undetailed_bytes_total", .counter, .bytes, budget: 1,
        help: "Bytes of dropped packets whose reason and endpoint found no room.")

    package static let drops: [MetricDescriptor] = [
        nodeDropPackets.descriptor, nodeDropBytes.descriptor, podDropPackets.descriptor,
        podDropBytes.descriptor, dropsUndetailedPackets.descriptor, dropsUndetailedBytes.descriptor,
    ]
}

// MARK: Interfaces

extension Catalog {
    package static let interfacePackets = Metric(
        "fovea_interface_packets_total", .counter, on: .both, labels: InterfaceName.self,
        Direction.self,
        help: "Packets by interface, from the device's own 64-bit counters.")
    package static let interfaceBytes = Metric(
        "fovea_interface_bytes_total", .counter, .bytes, on: .both, labels: InterfaceName.self,
        Direction.self,
        help: "Bytes by interface, from the device's own 64-bit counters.")
    package static let interfaceErrors = Metric(
        "fovea_interface_errors_total", .counter, on: .both, labels: InterfaceName.self,
        Direction.self,
        help: "Packets the device could not receive or send.")
    package static let interfaceDrops = Metric(
        "fovea_interface_drops_total", .counter, on: .both, labels: InterfaceName.self,
        Direction.self,
        help: "Packets the device or its driver dropped, for want of room or of a receiver.")
    package static let interfaceUp = Metric(
        "fovea_interface_up", .gauge, on: .both, labels: InterfaceName.self,
        help:
            "1 where the interface can carry packets (operational state up, or unknown and running)."
    )
    package static let interfaceSpeed = Metric(
        "fovea_interface_speed_bytes_per_second", .gauge, .bytesPerSecond,
        on: .both, labels: InterfaceName.self,
        help: "Negotiated speed, where the device states one.")

    private static let interfaces: [MetricDescriptor] = [
        interfacePackets.descriptor, interfaceBytes.descriptor, interfaceErrors.descriptor,
        interfaceDrops.descriptor, interfaceUp.descriptor, interfaceSpeed.descriptor,
    ]
}

// MARK: The agent itself

extension Catalog {
    package static let buildInfo = Metric(
        "fovea_build_info", .gauge, on: .both, labels: Version.self, System.self, budget: 1,
        help: "1, with the version of the agent and the system it observes.")
    package static let capability = Metric(
        "fovea_capability_available", .gauge, on: .both, labels: CapabilityName.self, budget: 40,
        help:
            "1 where this system offers what the agent wants of it; 0 where metrics are missing for it."
    )
    package static let collectorSuccess = Metric(
        "fovea_collector_success", .gauge, on: .both, labels: CollectorName.self, budget: 40,
        help: "1 where the collector answered this scrape whole and in time.")
    package static let collectorDuration = Metric(
        "fovea_collector_duration_seconds", .gauge, .seconds, on: .both, labels: CollectorName.self,
        budget: 40, help: "Time the collector took for this scrape.")
    package static let programRuns = Metric(
        "fovea_bpf_program_runs_total", .counter, labels: ProgramName.self,
        help: "Runs of the program; only while the kernel counts them (kernel.bpf_stats_enabled).")
    package static let programSeconds = Metric(
        "fovea_bpf_program_run_seconds_total", .counter, .seconds, labels: ProgramName.self,
        help:
            "Time spent in the program; only while the kernel counts it (kernel.bpf_stats_enabled)."
    )
    package static let programMisses = Metric(
        "fovea_bpf_program_misses_total", .counter, labels: ProgramName.self,
        help: "Times the kernel skipped the program to avoid recursion: events it did not see.")
    package static let mapBytes = Metric(
        "fovea_bpf_map_memory_bytes", .gauge, .bytes, labels: MapName.self,
        help: "Kernel memory of the map, as the kernel states it.")
    package static let flowEvictions = Metric(
        "fovea_bpf_flow_evictions_total", .counter, budget: 1,
        help: "Flows that had to make room in the flow cache; nothing is lost by it.")
    package static let unknownInterfacePackets = Metric(
        "fovea_unknown_interface_packets_total", .counter, budget: 1,
        help:
            "Packets on an interface the agent was about to name or forget; in no endpoint's totals."
    )
    package static let agentCPU = Metric(
        "fovea_agent_cpu_seconds_total", .counter, .seconds, labels: CPUMode.self, budget: 2,
        help: "Processor time of the agent's process.")
    package static let agentMemory = Metric(
        "fovea_agent_resident_memory_bytes", .gauge, .bytes, budget: 1,
        help: "Resident memory of the agent's process.")

    static let agent: [MetricDescriptor] = [
        buildInfo.descriptor, capability.descriptor, collectorSuccess.descriptor,
        collectorDuration.descriptor, programRuns.descriptor, programSeconds.descriptor,
        programMisses.descriptor, mapBytes.descriptor, flowEvictions.descriptor,
        unknownInterfacePackets.descriptor, agentCPU.descriptor, agentMemory.descriptor,
    ]
}
