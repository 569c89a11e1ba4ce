/// Network policies of one namespace, by their names: all that select the pod, in alphabetical order.
package struct PolicyNames: OpenLabel, Hashable {
    package static var name: String { "policy" }
    package let value: String

    /// More than four are the first four, and how many more.
    package init(_ names: [String]) {
        let shown = names.prefix(4).joined(separator: ",")
        value = names.count > 4 ? "\(shown),+\(names.count - 4)" : shown
    }
}

/// Why policies are not what a packet or a connection died of.
package enum PolicyAcquittal: String, ClosedLabel {
    /// They select the pod, and one of them allows the flow.
    case allowed
    /// None selects the pod in that direction.
    case unselected
    /// It depends on something that is not known: who the peer is, its namespace's labels, the port of a fragment.
    case unknown
    package static var name: String { "verdict" }
}

// MARK: What policies say of dropped packets and failed connections

extension Catalog {
    package static let policyDeniedPackets = Metric(
        "fovea_policy_denied_packets_total", .counter, level: .local,
        labels: PodLabel.self, Direction.self, PolicyNames.self, budget: 2_000,
        help:
            "Packets dropped by a filter (netfilter, traffic control, XDP, a cgroup's or a socket's program) on their way to or from a pod of this node, of flows that network policies do not allow; by the pod they select, the policies' direction and their names. Computed from the policies' text, not told by what enforces them."
    )
    package static let policyDeniedBytes = Metric(
        "fovea_policy_denied_bytes_total", .counter, .bytes, level: .local,
        labels: PodLabel.self, Direction.self, PolicyNames.self, budget: 2_000,
        help:
            "Bytes from the network header on of packets in fovea_policy_denied_packets_total. Computed."
    )
    package static let policyAcquittedPackets = Metric(
        "fovea_policy_not_denied_packets_total", .counter, level: .local,
        labels: PodLabel.self, Direction.self, PolicyAcquittal.self, budget: 2_000,
        help:
            "Packets dropped by a filter on their way to (ingress) or from (egress) the endpoint, of flows that no network policy is known to deny: not a policy, or not known. Computed. With fovea_policy_denied_packets_total it is every packet that filters dropped of endpoints but for fovea_node_policy_unjudged_packets_total."
    )
    package static let policyUnjudged = Metric(
        "fovea_node_policy_unjudged_packets_total", .counter, budget: 1,
        help:
            "Packets that filters dropped of endpoints, and that are in no other series of policies: too many flows at once, or no IP packet that could be read."
    )

    package static let policyDeniedConnections = Metric(
        "fovea_policy_denied_connections_total", .counter, level: .remote,
        labels: SourceLabel.self, DestinationLabel.self, Direction.self, PolicyNames.self,
        TCPFailure.self, budget: 2_000,
        help:
            "TCP connections that pods of this node could not open, by why, and that network policies do not allow: those of the source (egress) or of the destination (ingress), which may be a pod of another node. Counted whether or not a packet was seen to be dropped here. Computed from the policies' text, not told by what enforces them."
    )
    package static let policyAcquittedConnections = Metric(
        "fovea_policy_not_denied_connections_total", .counter, level: .remote,
        labels: SourceLabel.self, DestinationLabel.self, PolicyAcquittal.self, TCPFailure.self,
        budget: 2_000,
        help:
            "TCP connections that pods of this node could not open, by why, and that no network policy is known to deny: not a policy, or not known. Computed. With fovea_policy_denied_connections_total it is every connection that pods' sockets failed to open but for those without a SYN (not_sent) and fovea_node_policy_unjudged_connections_total."
    )
    package static let policyUnjudgedConnections = Metric(
        "fovea_node_policy_unjudged_connections_total", .counter, budget: 1,
        help:
            "TCP connections that pods of this node could not open, and that are in no other series of policies: too many at once, or their pod was gone before policies were known."
    )

    package static let policies: [MetricDescriptor] = [
        policyDeniedPackets.descriptor, policyDeniedBytes.descriptor,
        policyAcquittedPackets.descriptor, policyUnjudged.descriptor,
    ]

    package static let connectionPolicies: [MetricDescriptor] = [
        policyDeniedConnections.descriptor, policyAcquittedConnections.descriptor,
        policyUnjudgedConnections.descriptor,
    ]
}
