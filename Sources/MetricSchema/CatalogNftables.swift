/// The family of an nftables table. `inet` chains see packets of `ip` and `ip6`.
package enum NftablesFamily: String, ClosedLabel {
    case inet, ip, ip6, arp, bridge, netdev
    package static var name: String { "family" }
}

/// A table's name within its family.
package struct NftablesTable: OpenLabel, Hashable {
    package static var name: String { "table" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// A chain's name within its table.
package struct NftablesChain: OpenLabel, Hashable {
    package static var name: String { "chain" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// How a rule ends a packet.
package enum NftablesVerdict: String, ClosedLabel {
    case drop
    /// Dropped, and the sender is told.
    case reject
    package static var name: String { "verdict" }
}

extension Catalog {
    package static let nftablesDrops = Metric(
        "fovea_node_nftables_drop_packets_total", .counter, labels: NftablesFamily.self,
        NftablesTable.self, NftablesChain.self, NetfilterHook.self, NftablesVerdict.self,
        budget: 1_000,
        help:
            "Packets that the node's nftables rules dropped, as far as rules have a counter right before their verdict (iptables-nft's do); hook is unknown in chains that others jump to. A closer look at fovea_node_drop_packets_total with reason netfilter_drop, and never to be added to it."
    )
    package static let nftablesUncounted = Metric(
        "fovea_node_nftables_uncounted_drop_rules", .gauge, labels: NftablesFamily.self,
        NftablesTable.self, budget: 200,
        help:
            "Rules that drop or reject and have no counter right before it: what they drop is in no series of fovea_node_nftables_drop_packets_total."
    )
    package static let podNftablesDrops = Metric(
        "fovea_pod_nftables_drop_packets_total", .counter, level: .local, labels: PodLabel.self,
        NftablesFamily.self, NftablesTable.self, NftablesChain.self, NetfilterHook.self,
        NftablesVerdict.self, budget: 1_000,
        help:
            "Packets that nftables rules in the endpoint's own namespace dropped, as far as rules have a counter right before their verdict (iptables-nft's do); where a namespace has had very many chains, table and chain are empty for some. A closer look at fovea_pod_drop_packets_total with reason netfilter_drop, and never to be added to it."
    )
    package static let podNftablesUncounted = Metric(
        "fovea_pod_nftables_uncounted_drop_rules", .gauge, level: .local, labels: PodLabel.self,
        NftablesFamily.self, NftablesTable.self, budget: 200,
        help:
            "Rules in the endpoint's own namespace that drop or reject and have no counter right before it, or are too many: what they drop is in no series of fovea_pod_nftables_drop_packets_total."
    )
    package static let nftablesAge = Metric(
        "fovea_node_nftables_reading_age_seconds", .gauge, .seconds, budget: 1,
        help:
            "Age of the counters of nftables rules; very many rules are not read anew for each scrape."
    )

    package static let nftables: [MetricDescriptor] = [
        nftablesDrops.descriptor, nftablesUncounted.descriptor, nftablesAge.descriptor,
    ]
    package static let endpointNftables: [MetricDescriptor] = [
        podNftablesDrops.descriptor, podNftablesUncounted.descriptor,
    ]
}
