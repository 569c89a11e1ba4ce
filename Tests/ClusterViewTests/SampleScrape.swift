import ClusterView
import Testing

/// Two nodes of a cluster, as their agents say them.
enum SampleScrape {
    /// A Linux node whose counters stand at `scale` times their start; with no restart they grow.
    static func linux(_ scale: Int, dns: Bool = true) -> String {
        """
        fovea_agent_cpu_seconds_total{mode="user"} \(scale)
        fovea_build_info{version="0.1.0",system="linux"} 1
        fovea_capability_available{capability="packet counting"} 1
        fovea_capability_available{capability="tcx links"} 0
        fovea_collector_success{collector="dns"} \(dns ? 1 : 0)
        fovea_collector_success{collector="drops"} 1
        fovea_collector_success{collector="tcp-sockets"} 1
        fovea_collector_success{collector="traffic"} 1
        fovea_folded_series{metric="fovea_flow_bytes_total"} 12
        fovea_node_forward_bytes_total{direction="ingress"} \(4_000 * scale)
        fovea_node_forward_bytes_total{direction="egress"} \(2_000 * scale)
        fovea_node_forward_packets_total{direction="ingress"} \(40 * scale)
        fovea_node_forward_packets_total{direction="egress"} \(20 * scale)
        fovea_node_drop_packets_total{reason="netfilter_drop",direction="ingress"} \(6 * scale)
        fovea_node_tcp_socket_retransmitted_packets_total{segment="data"} \(3 * scale)
        fovea_node_tcp_socket_connections_established_total{role="client"} \(2 * scale)
        fovea_pod_forward_bytes_total{namespace="shop",pod="web-1",workload_kind="Deployment",workload="web",direction="ingress"} \(3_000_000 * scale)
        fovea_pod_forward_bytes_total{namespace="shop",pod="web-1",workload_kind="Deployment",workload="web",direction="egress"} \(1_000 * scale)
        fovea_pod_forward_bytes_total{namespace="shop",pod="web-2",workload_kind="Deployment",workload="web",direction="ingress"} \(500 * scale)
        fovea_pod_forward_bytes_total{namespace="ops",pod="cron",direction="egress"} \(200 * scale)
        fovea_pod_forward_bytes_total{overflow="true",direction="egress"} \(10 * scale)
        fovea_pod_forward_packets_total{namespace="shop",pod="web-1",workload_kind="Deployment",workload="web",direction="ingress"} \(300 * scale)
        fovea_pod_drop_packets_total{namespace="shop",pod="web-1",workload_kind="Deployment",workload="web",reason="netfilter_drop",direction="ingress"} \(6 * scale)
        fovea_pod_drop_packets_total{namespace="ops",pod="cron",reason="no_socket",direction="egress"} 7
        fovea_pod_netfilter_drop_packets_total{namespace="shop",pod="web-1",family="ip",hook="forward",direction="ingress"} \(6 * scale)
        fovea_policy_denied_packets_total{namespace="shop",pod="web-1",direction="ingress",policy="deny-all"} \(4 * scale)
        fovea_policy_denied_connections_total{source_namespace="shop",source_pod="web-1",destination_namespace="data",destination_pod="db-0",direction="ingress",policy="db-in",reason="timed_out"} \(2 * scale)
        fovea_pod_dns_responses_total{namespace="shop",pod="web-1",workload_kind="Deployment",workload="web",role="client",rcode="nxdomain",type="a",protocol="udp"} \(20 * scale)
        fovea_pod_dns_responses_total{namespace="shop",pod="web-1",workload_kind="Deployment",workload="web",role="client",rcode="servfail",type="a",protocol="udp"} \(2 * scale)
        fovea_pod_dns_responses_total{namespace="shop",pod="web-1",workload_kind="Deployment",workload="web",role="server",rcode="servfail",type="a",protocol="udp"} \(100 * scale)
        fovea_pod_dns_timeouts_total{namespace="shop",pod="web-1",workload_kind="Deployment",workload="web",role="client"} \(4 * scale)
        fovea_pod_undetailed_packets_total{namespace="shop",pod="web-1",direction="ingress",cause="not_ip"} 50
        fovea_pod_undetailed_packets_total{namespace="shop",pod="web-1",direction="ingress",cause="spill_full"} 3
        fovea_series 812
        fovea_series_limit 100000

        """
    }

    /// A Windows node counts less.
    static func windows(_ scale: Int) -> String {
        """
        fovea_build_info{version="0.0.9",system="windows"} 1
        fovea_collector_success{collector="hns"} 1
        fovea_node_forward_bytes_total{direction="ingress"} \(100 * scale)
        fovea_pod_forward_bytes_total{namespace="shop",pod="iis",direction="ingress"} \(50 * scale)
        fovea_series 20
        fovea_series_limit 100000

        """
    }
}

/// Answers what it is given, once for each time it is asked; then the last again.
actor ScriptedAgents: AgentSource {
    struct Gone: Error, CustomStringConvertible { let description = "connection refused" }

    private var answers: [String: [String?]]
    private var now = 0
    private(set) var mostAtOnce = 0

    /// Nil is an agent that does not answer.
    init(_ answers: [String: [String?]]) { self.answers = answers }

    func places() -> [AgentPlace] {
        answers.keys.map { AgentPlace(node: $0, agent: "fovea/agent-\($0)") }
    }

    func get(_ document: AgentDocument, from place: AgentPlace) async throws -> [UInt8] {
        now += 1
        mostAtOnce = max(mostAtOnce, now)
        for _ in 0..<20 { await Task.yield() }
        now -= 1
        guard var left = answers[place.node], let answer = left.first else { throw Gone() }
        if left.count > 1 { left.removeFirst() }
        answers[place.node] = left
        guard let answer else { throw Gone() }
        return Array(answer.utf8)
    }
}

extension AgentReading {
    /// A reading at a time that a test chooses.
    init(_ node: String, at second: Double, _ text: String, metrics: Set<String>? = nil) throws {
        self.init(
            place: AgentPlace(node: node, agent: "fovea/agent-\(node)"),
            result: .success(
                AgentScrape(
                    time: Self.start + .seconds(second),
                    try MetricsText(parsing: Array(text.utf8), keeping: metrics))))
    }

    init(_ node: String, failing problem: String) {
        let agent = "fovea/agent-\(node)"
        self.init(
            place: AgentPlace(node: node, agent: agent),
            result: .failure(AgentProblem(node: node, agent: agent, problem: problem)))
    }

    private static let start = ContinuousClock.now
}
