// TCP to peers that the configuration or the cluster names: API servers, and other nodes.

/// Another node, by its name in the configuration or the cluster.
package struct PeerNodeName: OpenLabel, Hashable {
    package static var name: String { "peer_node" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

extension Catalog {
    package static let nodeServerHandshake = Histogram(
        "fovea_node_apiserver_handshake_seconds", budget: 1,
        retina: "networkobservability_adv_node_apiserver_tcp_handshake_latency",
        help:
            "Time from the first SYN to an API server (api-server.addresses) to its SYN-ACK, at the node's uplinks."
    )
    package static let nodeServerRoundTrip = Histogram(
        "fovea_node_apiserver_round_trip_seconds", budget: 1,
        retina: "networkobservability_adv_node_apiserver_latency",
        help:
            "Time from data to an API server to its acknowledgement, at the node's uplinks; samples."
    )
    package static let nodeServerUnanswered = Metric(
        "fovea_node_apiserver_unanswered_total", .counter, budget: 1,
        retina: "networkobservability_adv_node_apiserver_no_response",
        help:
            "Connection attempts to API servers at the node's uplinks that had neither SYN-ACK nor RST within api-server.timeout."
    )
    package static let nodeServerRefused = Metric(
        "fovea_node_apiserver_refused_total", .counter, budget: 1,
        help:
            "Connection attempts to API servers at the node's uplinks that were answered by RST.")
    package static let podServerHandshake = Histogram(
        "fovea_pod_apiserver_handshake_seconds", level: .local, labels: PodLabel.self,
        budget: 1_000,
        help: "Time from the endpoint's first SYN to an API server to its SYN-ACK.")
    package static let podServerRoundTrip = Histogram(
        "fovea_pod_apiserver_round_trip_seconds", level: .local, labels: PodLabel.self,
        budget: 1_000,
        help: "Time from the endpoint's data to an API server to its acknowledgement; samples.")
    package static let podServerUnanswered = Metric(
        "fovea_pod_apiserver_unanswered_total", .counter, level: .local, labels: PodLabel.self,
        budget: 1_000,
        help:
            "The endpoint's connection attempts to API servers without SYN-ACK or RST within api-server.timeout."
    )
    package static let podServerRefused = Metric(
        "fovea_pod_apiserver_refused_total", .counter, level: .local, labels: PodLabel.self,
        budget: 1_000,
        help: "The endpoint's connection attempts to API servers that were answered by RST.")
    package static let serverUnwatched = Metric(
        "fovea_node_apiserver_unwatched_total", .counter, budget: 1,
        help:
            "Connection attempts to API servers, endpoints' included, that found no room among those awaiting an answer: neither refused nor unanswered."
    )
    package static let peerHandshake = Histogram(
        "fovea_node_peer_handshake_seconds", labels: PeerNodeName.self, budget: 1_000,
        help:
            "Time from this node's first SYN to the peer node (nodes.peers, or one of the cluster's) to its SYN-ACK, at the uplinks; probes included."
    )
    package static let peerRoundTrip = Histogram(
        "fovea_node_peer_round_trip_seconds", labels: PeerNodeName.self, budget: 1_000,
        help:
            "Time from data to the peer node to its acknowledgement, at the uplinks; samples.")
    package static let peerReachable = Metric(
        "fovea_node_peer_reachable", .gauge, labels: PeerNodeName.self, budget: 1_000,
        retina: "networkobservability_node_connectivity_status",
        help:
            "1 where the peer node answered the last probe (nodes.probe-port), by accepting or by refusing, or acknowledged data instead; 0 where nothing came within a second."
    )
    package static let peerProbeLatency = Metric(
        "fovea_node_peer_probe_seconds", .gauge, .seconds, labels: PeerNodeName.self,
        budget: 1_000, retina: "networkobservability_node_connectivity_latency_seconds",
        help:
            "Time that the peer node took to answer the last probe; absent where it did not, or was not asked because it acknowledged data."
    )
    package static let peersUnwatched = Metric(
        "fovea_node_peers_unwatched", .gauge, budget: 1,
        help:
            "Other nodes of the cluster that nodes.followed leaves no place for: they are in no fovea_node_peer_ series."
    )

    package static let apiServer: [MetricDescriptor] = [
        nodeServerHandshake.descriptor, nodeServerRoundTrip.descriptor,
        nodeServerUnanswered.descriptor, nodeServerRefused.descriptor,
        podServerHandshake.descriptor, podServerRoundTrip.descriptor,
        podServerUnanswered.descriptor, podServerRefused.descriptor, serverUnwatched.descriptor,
    ]
    package static let peerLatencies: [MetricDescriptor] = [
        peerHandshake.descriptor, peerRoundTrip.descriptor,
    ]
    package static let peerProbes: [MetricDescriptor] = [
        peerReachable.descriptor, peerProbeLatency.descriptor, peersUnwatched.descriptor,
    ]
}
