// What Retina says of itself, and what its variant with Hubble says.

extension Retina {
    static let control: [RetinaRow] = {
        func controlCounter(
            _ name: String, _ labels: [String], on platforms: Platforms = .both, help: String = ""
        ) -> MetricDescriptor {
            MetricDescriptor(
                retina: "controlplane_networkobservability_\(name)", .counter, labels: labels,
                on: platforms, level: .node, help: help)
        }
        let lost = controlCounter(
            "lost_events_counter", ["type", "reason"],
            help: "What was seen and could not be told in detail, by the part that lost it.")
        func rule(
            _ source: MetricDescriptor, _ plugin: String,
            where matches: @escaping @Sendable (SeriesLabels) -> Bool = { _ in true }
        ) -> RetinaRule {
            RetinaRule(source, to: lost) { matches($0) ? ["kernel", plugin] : nil }
        }
        return [
            RetinaRow(
                controlCounter("plugin_manager_failed_to_reconcile", ["reason"]), .control,
                on: .both, by: "pluginmanager",
                .nothing(
                    "There is nothing to reconcile; a part that fails is fovea_collector_success 0, one that cannot be here fovea_capability_available 0."
                )),
            RetinaRow(
                lost, .control, on: .both, by: "all event plugins",
                .rules([
                    rule(Catalog.podUndetailedPackets.descriptor, "packetparser") {
                        $0["cause"] == DetailLoss.spillFull.rawValue
                    },
                    rule(Catalog.dropsUndetailedPackets.descriptor, "dropreason"),
                    rule(Catalog.dnsLostNames.descriptor, "dns"),
                    rule(Catalog.pktmonUndetailed.descriptor, "pktmon"),
                ]),
                difference: "Detail that was lost; totals hold what it was lost of."),
            RetinaRow(
                controlCounter("parsed_packets_counter", [], on: .linux), .control,
                by: "packetparser",
                .nothing("Packets are counted in the kernel; none is handed up to be parsed.")),
            RetinaRow(
                controlCounter("expired_metrics_counter", ["metric"]), .control, on: .both,
                by: "metrics module",
                .nothing("Series end with their pods and are not counted as they do.")),
        ]
    }()

    static let hubble: [RetinaRow] = {
        let flows =
            "Hubble counts events of single packets and serves them on a port of its own; there are none here."
        func absent(
            _ name: String, _ kind: MetricKind = .counter, _ labels: [String],
            instead: String
        ) -> RetinaRow {
            RetinaRow(
                MetricDescriptor(
                    retina: name, kind, labels: labels, on: .linux, level: .node, help: ""),
                .hubble, by: "cilium hubble lib", .nothing("\(flows) Instead: \(instead)."))
        }
        let query = ["source", "destination", "query", "qtypes", "ips_returned", "rcode"]
        return [
            absent(
                "hubble_flows_processed_total", .counter,
                ["source", "destination", "protocol", "subtype", "type", "verdict"],
                instead: "fovea_flow_packets_total"),
            absent(
                "hubble_drop_total", .counter, ["source", "destination", "protocol", "reason"],
                instead: "fovea_pod_drop_packets_total"),
            absent(
                "hubble_tcp_flags_total", .counter, ["source", "destination", "family", "flag"],
                instead: "fovea_pod_tcp_flag_packets_total"),
            absent(
                "hubble_dns_queries_total", .counter, query,
                instead: "fovea_pod_dns_queries_total and fovea_pod_dns_name_queries_total"),
            absent(
                "hubble_dns_responses_total", .counter, query,
                instead: "fovea_pod_dns_responses_total and fovea_pod_dns_name_responses_total"),
            absent(
                "hubble_lost_events_total", .counter, ["source"],
                instead: "fovea_pod_undetailed_packets_total"),
            absent(
                "hubble_metrics_http_handler_requests_total", .counter, ["code"],
                instead: "Prometheus' own up and scrape_samples_scraped"),
            absent(
                "hubble_metrics_http_handler_request_duration_seconds", .histogram, ["code"],
                instead:
                    "Prometheus' own scrape_duration_seconds, and fovea_collector_duration_seconds"),
        ]
    }()
}
