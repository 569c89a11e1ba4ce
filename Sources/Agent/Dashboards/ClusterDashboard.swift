import MetricSchema

/// What an incident begins with.
extension Dashboard {
    static let cluster = Dashboard(
        name: "cluster", title: "Cluster",
        rows: [
            Row(
                "Now",
                [
                    Panel("Agents", as: .number, .value(Catalog.buildInfo.descriptor, by: [])),
                    Panel(
                        "Collectors that fail", as: .alarm,
                        .lacking(Catalog.collectorSuccess.descriptor)),
                    Panel(
                        "Sent by pods", as: .number,
                        .rate(
                            Catalog.podBytes.descriptor, by: [], where: #"direction="egress""#)),
                    Panel(
                        "Dropped", as: .alarm, .rate(Catalog.nodeDropPackets.descriptor, by: [])),
                    Panel(
                        "TCP connections that fail", as: .alarm,
                        .rate(Catalog.podTCPFailed.descriptor, by: [])),
                    Panel(
                        "DNS without an answer", as: .alarm,
                        .rate(Catalog.podDNSTimeouts.descriptor, by: [])),
                ]),
            Row(
                "Traffic",
                [
                    Panel(
                        "Through the nodes' uplinks",
                        .rate(Catalog.nodeBytes.descriptor, by: ["instance", "direction"])),
                    Panel(
                        "By namespace",
                        .rate(
                            Catalog.podBytes.descriptor, by: ["namespace", "direction"], top: 20)),
                    Panel(
                        "By workload",
                        .rate(
                            Catalog.podBytes.descriptor,
                            by: ["namespace", "workload_kind", "workload"], top: 20)),
                ]),
            Row(
                "What goes wrong",
                [
                    Panel(
                        "Drops by reason", as: .bars,
                        .rate(Catalog.nodeDropPackets.descriptor, by: ["reason"], top: 10)),
                    Panel(
                        "Drops by node",
                        .rate(Catalog.nodeDropPackets.descriptor, by: ["instance"], top: 15)),
                    Panel(
                        "Drops by workload",
                        .rate(
                            Catalog.podDropPackets.descriptor,
                            by: ["namespace", "workload_kind", "workload"], top: 15)),
                    Panel(
                        "TCP sent again",
                        .rate(Catalog.nodeTCPRetransmittedPackets.descriptor, by: ["instance"])),
                    Panel(
                        "Connections that fail",
                        .rate(
                            Catalog.podTCPFailed.descriptor, by: ["namespace", "reason"], top: 15)),
                    Panel(
                        "DNS queries without an answer",
                        .rate(
                            Catalog.podDNSTimeouts.descriptor, by: ["namespace", "role"], top: 15)
                    ),
                ]),
            Row(
                "What runs full",
                [
                    Panel(
                        "Connection table", unit: "percentunit",
                        .ratio(
                            Catalog.conntrackEntries.node,
                            of: Catalog.conntrackLimit.node, by: ["instance"])),
                    Panel(
                        "Source ports towards one destination",
                        .value(
                            Catalog.snatPortUsage.descriptor, by: ["instance"], largest: true)),
                    Panel(
                        "Listeners' queues",
                        .value(
                            Catalog.listenQueueFill.pod, by: ["namespace", "pod"], largest: true,
                            top: 15)),
                ]),
        ])
}
