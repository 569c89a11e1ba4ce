// Devices, connection tracking and other nodes, on Linux.

extension Retina {
    static let devices: [RetinaRow] = {
        let interfaces = gauge(
            "interface_stats", ["interface_name", "statistic_name"],
            help: "Drivers' own counters of errors and drops, all interfaces together.")
        let counters = gauge(
            "infiniband_counter_stats", ["statistic_name", "device", "port"],
            help: "Counters of InfiniBand ports, by the names of their files.")
        let parameters = gauge(
            "infiniband_status_params", ["statistic_name", "interface_name"],
            help: "Parameters in the debug folder of InfiniBand network devices.")
        @Sendable func port(_ name: String, _ labels: SeriesLabels) -> [String] {
            [name, labels["device"], labels["port"]]
        }
        @Sendable func way(_ labels: SeriesLabels) -> String {
            labels["direction"] == "ingress" ? "port_rcv" : "port_xmit"
        }
        return [
            RetinaRow(
                interfaces, .basic, by: "linuxutil",
                .rules([
                    RetinaRule(Catalog.driverErrors.descriptor, to: interfaces) { labels in
                        let (interface, statistic) = (labels["interface"], labels["statistic"])
                        guard statistic.holds(oneOf: ["err", "drop"]),
                            !interface.holds(oneOf: ["lo", "cbr0", "lxc", "azv"])
                        else { return nil }
                        return ["all_interfaces", statistic]
                    }
                ]),
                difference:
                    "Counters of a device's queues are one, with * for the queue's number. Pods' own links are left out."
            ),
            RetinaRow(
                counters, .basic, by: "infiniband",
                .rules([
                    RetinaRule(Catalog.infinibandPackets.descriptor, to: counters) {
                        port("\(way($0))_packets", $0)
                    },
                    RetinaRule(Catalog.infinibandBytes.descriptor, to: counters, dividedBy: 4) {
                        port("\(way($0))_data", $0)
                    },
                    RetinaRule(Catalog.infinibandErrors.descriptor, to: counters) {
                        let file = $0["error"]
                        return port(file == "vl15_dropped" ? "VL15_dropped" : file, $0)
                    },
                ]),
                difference:
                    "The file is port_rcv_switch_relay_errors, which Retina's documentation misspells. Other files of the folder are not read."
            ),
            RetinaRow(
                parameters, .basic, by: "infiniband",
                .rules([
                    RetinaRule(Catalog.infinibandStatus.descriptor, to: parameters) {
                        [$0["parameter"], $0["interface"]]
                    }
                ])),
        ]
    }()

    static let conntrack: [RetinaRow] = {
        let total = gauge(
            "conntrack_total_connections", help: "Connections in the node's connection table.")
        let traffic = ["packets_tx", "packets_rx", "bytes_tx", "bytes_rx"].map { name in
            RetinaRow(
                gauge("conntrack_\(name)", help: ""), .basic, by: "conntrack",
                .nothing(
                    "The kernel counts packets of connections only with net.netfilter.nf_conntrack_acct, and the sum over those that happen to be alive says nothing: fovea_pod_forward_packets_total and …_bytes_total."
                ))
        }
        return traffic + [
            RetinaRow(
                total, .basic, by: "conntrack",
                .rules([RetinaRule(Catalog.conntrackEntries.node, to: total) { _ in [] }]),
                difference: "The kernel's table; Retina's is its own, of pods' TCP and UDP.")
        ]
    }()

    static let nodes: [RetinaRow] = {
        let labels = ["source_node_name", "target_node_name"]
        let status = gauge(
            "node_connectivity_status", labels, help: "1 where the node answered the last probe.")
        let latency = gauge(
            "node_connectivity_latency_seconds", labels,
            help: "Time that the node took to answer the last probe.")
        let difference =
            "Of other nodes with nodes.probe-port; Retina declares it and never writes it."
        func toPeer(_ source: MetricDescriptor, _ target: MetricDescriptor) -> RetinaRule {
            RetinaRule(source, to: target) { labels, names in [names.node, labels["peer_node"]] }
        }
        return [
            RetinaRow(
                status, .basic, by: "",
                .rules([toPeer(Catalog.peerReachable.descriptor, status)]), difference: difference),
            RetinaRow(
                latency, .basic, by: "",
                .rules([toPeer(Catalog.peerProbeLatency.descriptor, latency)]),
                difference: difference),
        ]
    }()
}

extension String {
    fileprivate func holds(oneOf parts: [String]) -> Bool { parts.contains { self.contains($0) } }
}
