import MetricSchema

/// A metric that Retina's MetricsConfiguration may name, and ours that it is about.
struct RetinaContextMetric: Sendable {
    /// As `metricName` has it.
    let name: String
    /// Those of pods and of sources and destinations that say what it says; none for one that has no contexts here.
    let metrics: [MetricDescriptor]
    /// What to know of it; the whole answer where there are no metrics.
    let remark: String

    static let all: [RetinaContextMetric] =
        [
            pods("forward_count"), pods("forward_bytes"), pods("drop_count", noPeer),
            pods("drop_bytes", noPeer), pods("tcp_flag_gauges", as: "tcpflags_count", noPeer),
            pods("tcp_flag_counters", as: "tcpflags_count", noPeer),
            pods("tcp_retransmission_count", as: "tcpretrans_count", noPeer),
            pods("dns_request_count", noPeer), pods("dns_response_count", noPeer),
        ]
        + [
            "node_apiserver_latency", "node_apiserver_handshake_latency",
            "node_apiserver_no_response", "tcp_state", "tcp_connection_remote",
            "tcp_connection_stats", "ip_connection_stats", "udp_connection_stats",
            "udp_active_sockets", "node_connectivity_status", "node_connectivity_latency_seconds",
        ].map { name in
            RetinaContextMetric(
                name: name, metrics: [],
                remark: "it is of the node, and told by no labels of pods")
        }

    private static let noPeer = "told by the pod; its peer is in no label"

    /// Whether both ends can be told.
    var hasPairs: Bool { metrics.contains { $0.level == .remote } }

    private static func pods(
        _ name: String, as advanced: String? = nil, _ remark: String = ""
    ) -> RetinaContextMetric {
        let target = "networkobservability_adv_\(advanced ?? name)"
        var metrics: [MetricDescriptor] = []
        for rule in Retina.rows.filter({ $0.name == target }).flatMap(\.rules)
        where !metrics.contains(where: { $0 === rule.source }) {
            metrics.append(rule.source)
        }
        return RetinaContextMetric(name: name, metrics: metrics, remark: remark)
    }
}
