/// A protocol family that netfilter rules are made for.
package enum NetfilterFamily: String, ClosedLabel {
    case ip, ip6, arp, bridge, netdev, unknown
    package static var name: String { "family" }
}

/// A place in a packet's way where netfilter asks its rules.
package enum NetfilterHook: String, ClosedLabel {
    case ingress, prerouting, input, forward, output, postrouting, egress, unknown
    package static var name: String { "hook" }
}

extension Catalog {
    package static let nodeNetfilterDrops = Metric(
        "fovea_node_netfilter_drop_packets_total", .counter,
        labels: NetfilterFamily.self, NetfilterHook.self, Direction.self, budget: 96,
        help:
            "Packets that a netfilter rule, policy or module dropped, by the hook it happened in: a closer look at those with reason netfilter_drop."
    )
    package static let podNetfilterDrops = Metric(
        "fovea_pod_netfilter_drop_packets_total", .counter, level: .local,
        labels: PodLabel.self, NetfilterFamily.self, NetfilterHook.self, Direction.self,
        budget: 4_000,
        help:
            "Packets to (ingress) or from (egress) the endpoint that netfilter dropped, by the hook it happened in: a closer look at those with reason netfilter_drop."
    )
    package static let netfilterUndetailed = Metric(
        "fovea_node_netfilter_drop_undetailed_packets_total", .counter, budget: 1,
        help:
            "Packets dropped by netfilter in floods, whose hook was not looked for; in no other series of these."
    )

    package static let netfilterDrops: [MetricDescriptor] = [
        nodeNetfilterDrops.descriptor, podNetfilterDrops.descriptor, netfilterUndetailed.descriptor,
    ]
}
