/// What only Windows has, or only there has to be said: how its parts were read.
extension Catalog {
    package static let windowsEndpoints = Metric(
        "fovea_windows_endpoints", .gauge, on: .windows, labels: EndpointRule.self, budget: 5,
        help: "Endpoints of this node that HNS counted for, by the rule that told whose they are.")
    package static let windowsVanished = Metric(
        "fovea_windows_vanished_endpoints_total", .counter, on: .windows, budget: 1,
        help: "Endpoints that went between the list of them and the question for their counters.")
    package static let windowsUnreadable = Metric(
        "fovea_windows_unreadable_values_total", .counter, on: .windows,
        labels: CollectorName.self, budget: 10,
        help: "Values in answers of the system that could not be read; nothing else is lost by one."
    )

    package static let windowsProcesses = Metric(
        "fovea_windows_processes_started_total", .counter, on: .windows,
        labels: WindowsProgram.self, budget: 3,
        help: "Processes the agent started to read what only a program of Windows tells.")

    package static let podConnectionEvents = Metric(
        "fovea_pod_vfp_connections_total", .counter, level: .local, on: .windows,
        labels: PodLabel.self, Direction.self, VFPConnectionEvent.self, budget: 18_000,
        help:
            "TCP connections at the endpoint's VFP port by what became of them, by the way VFP counted."
    )
    package static let podRulePackets = Metric(
        "fovea_pod_vfp_rule_packets_total", .counter, level: .local, on: .windows,
        labels: PodLabel.self, VFPRule.self, VFPRuleOutcome.self, budget: 21_000,
        help:
            "Packets that met a rule of VFP at the endpoint's port; a packet meets rules of several layers. With windows.vfp-rules."
    )
    package static let vfpOldestReading = Metric(
        "fovea_windows_vfp_oldest_reading_seconds", .gauge, .seconds, on: .windows, budget: 1,
        help: "Age of the oldest reading of a VFP port that is served; ports are read in turns.")
    package static let vfpUnreadPorts = Metric(
        "fovea_windows_vfp_unread_endpoints", .gauge, on: .windows, budget: 1,
        help: "Endpoints whose VFP port was not read yet or is not known.")

    package static let pktmonComponentDrops = Metric(
        "fovea_windows_pktmon_component_drops_total", .counter, on: .windows,
        labels: PktmonComponent.self, Direction.self, budget: 400,
        help:
            "Packets that a component of the network stack dropped while pktmon counted; in fovea_node_drop_packets_total by another source, where by any."
    )
    package static let pktmonDropLocations = Metric(
        "fovea_windows_pktmon_drop_packets_total", .counter, on: .windows,
        labels: DropReason.self, PktmonLocation.self, budget: 600,
        help:
            "Packets that the packet monitor's stream reported as dropped, by reason and place, whether or not another source has them too."
    )
    package static let pktmonDropComponents = Metric(
        "fovea_windows_pktmon_dropping_component_packets_total", .counter, on: .windows,
        labels: PktmonComponent.self, DropReason.self, budget: 600,
        help:
            "The packets of fovea_windows_pktmon_drop_packets_total by the component of the network stack that dropped them, and by reason."
    )
    package static let pktmonUndetailed = Metric(
        "fovea_windows_pktmon_missed_packets_total", .counter, on: .windows, budget: 1,
        help: "Packets that the packet monitor's stream had no room for; they may be drops.")

    package static let hnsNetworks = Metric(
        "fovea_windows_hns_networks", .gauge, on: .windows, labels: HNSNetworkKind.self, budget: 12,
        help: "Networks HNS has, by kind.")
    package static let hnsVersion = Metric(
        "fovea_windows_hns_info", .gauge, on: .windows, labels: Version.self, budget: 1,
        help: "1, with the version of HNS.")
    package static let endpointPolicies = Metric(
        "fovea_windows_hns_endpoint_policies", .gauge, on: .windows, labels: HNSPolicyKind.self,
        budget: 24,
        help:
            "Policies HNS has for the endpoints of this node, by kind: access rules by what they do, routes, translation and what else it knows."
    )
    package static let serviceBackends = Metric(
        "fovea_windows_service_backends", .gauge, on: .windows,
        labels: ServiceFrontend.self, budget: 4_000,
        help: "Endpoints behind the frontend of a load balancer of HNS.")
    package static let serviceBackend = Metric(
        "fovea_windows_service_backend_info", .gauge, on: .windows,
        labels: ServiceFrontend.self, ServiceBackend.self, budget: 20_000,
        help: "1 for each endpoint behind the frontend of a load balancer of HNS.")

    package static let resolverQueries = Metric(
        "fovea_windows_dns_queries_total", .counter, on: .windows, budget: 1,
        help: "Questions that the host's own resolver sent to a DNS server, repeated ones included."
    )
    package static let resolverResponses = Metric(
        "fovea_windows_dns_responses_total", .counter, on: .windows,
        labels: ResolverOutcome.self, budget: 7,
        help: "Answers that the host's own resolver got from a DNS server.")
    package static let resolverLookups = Metric(
        "fovea_windows_dns_lookups_total", .counter, on: .windows,
        labels: ResolverOutcome.self, budget: 7,
        help: "Lookups that the host's own resolver ended, from its cache or from a server.")
    package static let resolverTime = Histogram(
        "fovea_windows_dns_response_seconds", on: .windows, budget: 1,
        help: "Time from a question's first sending to a server to the answer of that server.")
    package static let resolverUnanswered = Metric(
        "fovea_windows_dns_unanswered_queries_total", .counter, on: .windows, budget: 1,
        help: "Questions of the host's own resolver that a server did not answer in 15 seconds.")
    package static let resolverLost = Metric(
        "fovea_windows_dns_lost_events_total", .counter, on: .windows, budget: 1,
        help: "Events of the resolver that found no room before the agent read them.")

    package static let windows: [MetricDescriptor] = [
        windowsEndpoints.descriptor, windowsVanished.descriptor, windowsUnreadable.descriptor,
        windowsProcesses.descriptor, podConnectionEvents.descriptor, podRulePackets.descriptor,
        vfpOldestReading.descriptor,
        vfpUnreadPorts.descriptor, pktmonComponentDrops.descriptor, pktmonDropLocations.descriptor,
        pktmonDropComponents.descriptor, pktmonUndetailed.descriptor, hnsNetworks.descriptor,
        endpointPolicies.descriptor,
        hnsVersion.descriptor,
        serviceBackends.descriptor, serviceBackend.descriptor, resolverQueries.descriptor,
        resolverResponses.descriptor, resolverLookups.descriptor, resolverTime.descriptor,
        resolverUnanswered.descriptor, resolverLost.descriptor,
    ]
}
