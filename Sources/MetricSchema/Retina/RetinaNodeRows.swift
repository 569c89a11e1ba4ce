// The node's own metrics, which Retina has in every mode.

extension Retina {
    static let forwardCount = gauge(
        "forward_count", ["direction"], on: .both,
        help: "Packets: on Linux through the node's uplinks, on Windows of all endpoints together.")
    static let forwardBytes = gauge(
        "forward_bytes", ["direction"], on: .both,
        help: "Bytes: on Linux through the node's uplinks, on Windows of all endpoints together.")
    static let dropCount = gauge(
        "drop_count", ["reason", "direction"], on: .both, help: "Dropped packets by reason.")
    static let dropBytes = gauge(
        "drop_bytes", ["reason", "direction"], help: "Bytes of dropped packets by reason.")
    static let tcpConnectionStats = gauge(
        "tcp_connection_stats", ["statistic_name"], on: .both,
        help: "TCP's own counters, those that are not nought.")

    static let traffic: [RetinaRow] = [
        RetinaRow(
            forwardCount, .basic, by: "packetforward",
            .rules([
                RetinaRule(Catalog.nodePackets.descriptor, to: forwardCount) { [$0["direction"]] }
            ]),
            difference:
                "Packets through the uplinks; Retina adds up all of the host's interfaces, on which a pod's packet is seen twice."
        ),
        RetinaRow(
            forwardBytes, .basic, by: "packetforward",
            .rules([
                RetinaRule(Catalog.nodeBytes.descriptor, to: forwardBytes) { [$0["direction"]] }
            ]),
            difference: "As for forward_count; link-layer headers are included."),
        RetinaRow(
            forwardCount, .basic, on: .windows, by: "hnsstats",
            .rules([
                RetinaRule(Catalog.podPackets.descriptor, to: forwardCount) { [$0["direction"]] }
            ]),
            difference: "All endpoints together; Retina's is the last endpoint's alone."),
        RetinaRow(
            forwardBytes, .basic, on: .windows, by: "hnsstats",
            .rules([
                RetinaRule(Catalog.podBytes.descriptor, to: forwardBytes) { [$0["direction"]] }
            ]),
            difference: "All endpoints together; Retina's is the last endpoint's alone."),
        RetinaRow(
            forwardCount, .basic, on: .windows, by: "ebpfwindows", .elsewhere(plugin: "hnsstats")),
        RetinaRow(
            forwardBytes, .basic, on: .windows, by: "ebpfwindows", .elsewhere(plugin: "hnsstats")),
    ]

    static let drops: [RetinaRow] = [
        RetinaRow(
            dropCount, .basic, by: "dropreason",
            .rules([
                RetinaRule(Catalog.nodeDropPackets.descriptor, to: dropCount) {
                    [linuxDropReason($0["reason"]), $0["direction"]]
                }
            ]), difference: linuxDropDifference),
        RetinaRow(
            dropBytes, .basic, by: "dropreason",
            .rules([
                RetinaRule(Catalog.nodeDropBytes.descriptor, to: dropBytes) {
                    [linuxDropReason($0["reason"]), $0["direction"]]
                }
            ]), difference: "As for drop_count."),
        RetinaRow(
            dropCount, .basic, on: .windows, by: "hnsstats",
            .rules([
                RetinaRule(Catalog.podDropPackets.descriptor, to: dropCount) {
                    $0["reason"] == "hns_endpoint" ? ["endpoint", $0["direction"]] : nil
                },
                RetinaRule(Catalog.nodeDropPackets.descriptor, to: dropCount) {
                    $0["reason"] == "vfp_acl" ? ["aclrule", $0["direction"]] : nil
                },
            ]),
            difference:
                "All endpoints together; Retina's is the last endpoint's alone. The two reasons overlap, as they do in Retina."
        ),
        RetinaRow(
            dropCount, .basic, on: .windows, by: "ebpfwindows", .elsewhere(plugin: "hnsstats"),
            difference:
                "Reasons of the packet monitor are in fovea_windows_pktmon_drop_packets_total alone."
        ),
        RetinaRow(
            dropBytes, .basic, on: .windows, by: "ebpfwindows",
            .nothing("No source that is read counts bytes of drops on Windows.")),
    ]

    /// Retina names what it has hooks for; whatever else the kernel gives as a reason is the one it has for unknown.
    /// Before Linux 5.17 there is the kernel function only.
    static func linuxDropReason(_ reason: String) -> String {
        reason == "netfilter_drop" || reason == "nf_hook_slow"
            ? "IPTABLE_RULE_DROP" : "UNKNOWN_DROP"
    }

    static let linuxDropDifference =
        "Every drop of the kernel, in both families; Retina sees four functions. Reasons: netfilter's are IPTABLE_RULE_DROP, those of NAT and conntrack included; all others UNKNOWN_DROP. The direction is known. TCP_CONNECT_BASIC and TCP_ACCEPT_BASIC are errors of system calls and no packets: fovea_node_tcp_socket_connections_failed_total."

    static let linuxStatistics: [RetinaRow] = {
        let ipStats = gauge(
            "ip_connection_stats", ["statistic_name"],
            help: "IPv4's own counters, those that are not nought.")
        let tcpState = gauge(
            "tcp_state", ["state"], help: "IPv4 TCP sockets of the node by state.")
        let remote = gauge(
            "tcp_connection_remote", ["address"], help: "IPv4 TCP sockets of the node.")
        let udp = gauge(
            "udp_connection_stats", ["statistic_name"], help: "IPv4 UDP sockets of the node.")
        func statistic(
            _ source: MetricDescriptor, _ name: @escaping @Sendable (SeriesLabels) -> String?
        ) -> RetinaRule {
            RetinaRule(source, to: tcpConnectionStats, omitsNought: true) { name($0).map { [$0] } }
        }
        func sockets(
            _ transport: String, to target: MetricDescriptor,
            _ value: @escaping @Sendable (SeriesLabels) -> String?
        ) -> RetinaRule {
            RetinaRule(Catalog.socketCounts.node, to: target, omitsNought: true) { labels in
                guard labels["family"] == "ipv4", labels["protocol"] == transport,
                    labels["state"] != "bound_inactive"
                else { return nil }
                return value(labels).map { [$0] }
            }
        }
        return [
            RetinaRow(
                tcpConnectionStats, .basic, by: "linuxutil",
                .rules([
                    statistic(Catalog.stackTCPListenDrops.node) { _ in "ListenDrops" },
                    statistic(Catalog.stackTCPDrops.node) { tcpDropStatistics[$0["cause"]] },
                    statistic(Catalog.stackMPTCPDrops.node) {
                        ["add_address": "AddAddrDrop", "remove_address": "RmAddrDrop"][$0["cause"]]
                    },
                    statistic(Catalog.stackChecksumErrors.node) {
                        $0["protocol"] == "mptcp" ? "DataCsumErr" : nil
                    },
                    statistic(Catalog.stackTCPTimeouts.node) { _ in "TCPTimeouts" },
                    statistic(Catalog.stackTCPRetransmissions.node) {
                        ["loss_probe": "TCPLossProbes", "lost_again": "TCPLostRetransmit"][
                            $0["kind"]]
                    },
                ])),
            RetinaRow(
                ipStats, .basic, by: "linuxutil",
                .rules([
                    RetinaRule(
                        Catalog.stackChecksumErrors.node, to: ipStats, omitsNought: true
                    ) { $0["protocol"] == "ipv4" ? ["InCsumErrors"] : nil }
                ])),
            RetinaRow(
                tcpState, .basic, by: "linuxutil",
                .rules([
                    sockets("tcp", to: tcpState) {
                        $0["state"] == "other" ? "UNKNOWN" : $0["state"].uppercased()
                    }
                ])),
            RetinaRow(
                remote, .basic, by: "linuxutil",
                .rules([sockets("tcp", to: remote) { _ in "AllIPs" }])),
            RetinaRow(
                udp, .basic, by: "linuxutil", .rules([sockets("udp", to: udp) { _ in "ACTIVE" }])),
        ]
    }()

    private static let tcpDropStatistics = [
        "locked_icmp": "LockDroppedIcmps", "reserved_memory": "PFMemallocDrop",
        "backlog": "TCPBacklogDrop", "defer_accept": "TCPDeferAcceptDrop",
        "minimum_ttl": "TCPMinTTLDrop", "receive_queue": "TCPRcvQDrop",
        "request_queue": "TCPReqQFullDrop", "zero_window": "TCPZeroWindowDrop",
    ]

    static let dns: [RetinaRow] = {
        let requests = counter(
            "dns_request_count", help: "DNS queries through the node's uplinks.")
        let responses = counter(
            "dns_response_count", help: "DNS responses through the node's uplinks.")
        let difference =
            "Messages through the uplinks; Retina's are those that the host's network namespace receives on any interface."
        return [
            RetinaRow(
                requests, .basic, by: "dns",
                .rules([RetinaRule(Catalog.nodeDNSQueries.descriptor, to: requests) { _ in [] }]),
                difference: difference),
            RetinaRow(
                responses, .basic, by: "dns",
                .rules([RetinaRule(Catalog.nodeDNSResponses.descriptor, to: responses) { _ in [] }]
                ),
                difference: difference),
        ]
    }()
}
