import MetricSchema
import Testing

/// The names that `--compatibility retina` may write: those Retina itself writes.
struct RetinaNamesTests {
    @Test("a Retina name is one that Retina has", arguments: Catalog.all)
    func known(_ metric: MetricDescriptor) {
        if let name = metric.retinaName {
            #expect(Self.names.contains(name), "\(metric.name): \(name)")
        }
    }

    @Test("Retina's bytes are our bytes, and its counts are our counts", arguments: Catalog.all)
    func units(_ metric: MetricDescriptor) {
        guard let name = metric.retinaName else { return }
        #expect(name.hasSuffix("_bytes") == (metric.unit == .bytes), "\(metric.name): \(name)")
    }

    @Test(
        "Retina's advanced metrics are those of pods and flows, but for those it calls the node's",
        arguments: Catalog.all)
    func levels(_ metric: MetricDescriptor) {
        guard let name = metric.retinaName, !name.contains("_adv_node_") else { return }
        #expect(
            name.hasPrefix("networkobservability_adv_") == (metric.level != .node),
            "\(metric.name): \(name)")
    }

    private static let names: Set = [
        "networkobservability_adv_dns_request_count",
        "networkobservability_adv_dns_response_count",
        "networkobservability_adv_drop_bytes",
        "networkobservability_adv_drop_count",
        "networkobservability_adv_forward_bytes",
        "networkobservability_adv_forward_count",
        "networkobservability_adv_node_apiserver_latency",
        "networkobservability_adv_node_apiserver_no_response",
        "networkobservability_adv_node_apiserver_tcp_handshake_latency",
        "networkobservability_adv_tcpflags_count",
        "networkobservability_adv_tcpretrans_count",
        "networkobservability_conntrack_bytes_rx",
        "networkobservability_conntrack_bytes_tx",
        "networkobservability_conntrack_packets_rx",
        "networkobservability_conntrack_packets_tx",
        "networkobservability_conntrack_total_connections",
        "networkobservability_dns_request_count",
        "networkobservability_dns_response_count",
        "networkobservability_drop_bytes",
        "networkobservability_drop_count",
        "networkobservability_forward_bytes",
        "networkobservability_forward_count",
        "networkobservability_infiniband_counter_stats",
        "networkobservability_infiniband_status_params",
        "networkobservability_interface_stats",
        "networkobservability_ip_connection_stats",
        "networkobservability_node_connectivity_latency_seconds",
        "networkobservability_node_connectivity_status",
        "networkobservability_tcp_connection_remote",
        "networkobservability_tcp_connection_stats",
        "networkobservability_tcp_flag_gauges",
        "networkobservability_tcp_state",
        "networkobservability_udp_connection_stats",
        "networkobservability_windows_hns_stats",
    ]
}
