import MetricSchema

/// What an incident begins with: the cluster, then a node, then its pods.
extension Dashboard {
    static let cluster = Dashboard(
        name: "cluster", title: "Cluster",
        rows: [
            Row(
                "Traffic",
                [
                    Panel(
                        "Through the nodes' uplinks",
                        .rate(Catalog.nodeBytes.descriptor, by: ["instance", "direction"])),
                    Panel(
                        "Packets through the nodes' uplinks",
                        .rate(Catalog.nodePackets.descriptor, by: ["instance", "direction"])),
                    Panel(
                        "By namespace",
                        .rate(
                            Catalog.podBytes.descriptor, by: ["namespace", "direction"], top: 20)),
                    Panel(
                        "Between zones",
                        .rate(
                            Catalog.zoneBytes.descriptor, by: ["source_zone", "destination_zone"],
                            where: #"direction="egress""#)),
                    Panel(
                        "By workload",
                        .rate(
                            Catalog.podBytes.descriptor,
                            by: ["namespace", "workload_kind", "workload"], top: 20)),
                    Panel(
                        "Drops by workload",
                        .rate(
                            Catalog.podDropPackets.descriptor,
                            by: ["namespace", "workload_kind", "workload"], top: 20)),
                ]),
            Row(
                "What goes wrong",
                [
                    Panel(
                        "Drops by reason",
                        .rate(Catalog.nodeDropPackets.descriptor, by: ["reason"], top: 15)),
                    Panel(
                        "Drops by node",
                        .rate(Catalog.nodeDropPackets.descriptor, by: ["instance"], top: 15)),
                    Panel(
                        "Drops by pod",
                        .rate(Catalog.podDropPackets.descriptor, by: ["namespace", "pod"], top: 15)
                    ),
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
                "The API server and other nodes, where they are configured",
                [
                    Panel(
                        "Handshake with an API server, of which a tenth is above",
                        .quantile(
                            0.9, Catalog.nodeServerHandshake.descriptor, by: ["instance"])),
                    Panel(
                        "Attempts that an API server did not answer, or refused",
                        .rate(Catalog.nodeServerUnanswered.descriptor, by: ["instance"]),
                        .rate(Catalog.nodeServerRefused.descriptor, by: ["instance"])),
                    Panel(
                        "Other nodes that answer",
                        .value(
                            Catalog.peerReachable.descriptor, by: ["instance", "peer_node"])),
                    Panel(
                        "Round trip to other nodes, of which a tenth is above",
                        .quantile(
                            0.9, Catalog.peerRoundTrip.descriptor, by: ["instance", "peer_node"],
                            top: 20)),
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

    static let node = Dashboard(
        name: "node", title: "Node",
        rows: [
            Row(
                "Interfaces",
                [
                    Panel(
                        "Bytes",
                        .rate(
                            Catalog.interfaceBytes.descriptor, by: ["interface", "direction"],
                            top: 20)),
                    Panel(
                        "Errors",
                        .rate(Catalog.interfaceErrors.descriptor, by: ["interface", "direction"])),
                    Panel(
                        "Drops of devices",
                        .rate(Catalog.interfaceDrops.descriptor, by: ["interface", "direction"])),
                    Panel(
                        "Drivers' own counters of errors",
                        .rate(
                            Catalog.driverErrors.descriptor, by: ["interface", "statistic"],
                            top: 20)),
                    Panel(
                        "Drops of qdiscs",
                        .rate(Catalog.qdiscDrops.descriptor, by: ["interface", "qdisc"])),
                    Panel(
                        "Bytes that wait in qdiscs",
                        .value(Catalog.qdiscQueuedBytes.descriptor, by: ["interface", "qdisc"])),
                ]),
            Row(
                "Processors",
                [
                    Panel(
                        "Packets taken from devices",
                        .rate(Catalog.softnetPackets.descriptor, by: ["cpu"])),
                    Panel(
                        "Dropped, backlog full",
                        .rate(Catalog.softnetDropped.descriptor, by: ["cpu"])),
                    Panel(
                        "Budget spent with packets left",
                        .rate(Catalog.softnetSqueezes.descriptor, by: ["cpu"])),
                ]),
            Row(
                "Protocols of the node's own network",
                [
                    Panel(
                        "IP errors",
                        .rate(
                            Catalog.stackIPErrors.node, by: ["family", "direction", "cause"])),
                    Panel(
                        "UDP errors",
                        .rate(Catalog.stackUDPErrors.node, by: ["family", "cause"])),
                    Panel(
                        "TCP segments thrown away",
                        .rate(Catalog.stackTCPDrops.node, by: ["cause"])),
                    Panel("Sockets", .value(Catalog.socketCounts.node, by: ["protocol", "state"])),
                    Panel(
                        "Memory of TCP and UDP",
                        .value(Catalog.stackTCPMemory.descriptor, by: ["instance"]),
                        .value(Catalog.stackUDPMemory.descriptor, by: ["instance"])),
                    Panel(
                        "ICMP reports of undeliverable packets",
                        .rate(Catalog.stackICMPReports.node, by: ["direction", "kind"])),
                ]),
        ])

    static let pods = Dashboard(
        name: "pods", title: "Pods",
        rows: [
            Row(
                "Traffic",
                [
                    Panel(
                        "Bytes",
                        .rate(
                            Catalog.podBytes.descriptor, by: ["namespace", "pod", "direction"],
                            top: 20)),
                    Panel(
                        "Packets",
                        .rate(
                            Catalog.podPackets.descriptor, by: ["namespace", "pod", "direction"],
                            top: 20)),
                    Panel(
                        "Drops",
                        .rate(
                            Catalog.podDropPackets.descriptor, by: ["namespace", "pod", "reason"],
                            top: 20)),
                ]),
            Row(
                "Who talks to whom",
                [
                    Panel(
                        "Bytes, as their sender sees them",
                        .rate(
                            Catalog.flowBytes.descriptor,
                            by: ["source_pod", "destination_pod", "protocol"],
                            where: #"direction="egress""#, top: 20)),
                    Panel(
                        "Packets, as their sender sees them",
                        .rate(
                            Catalog.flowPackets.descriptor,
                            by: ["source_pod", "destination_pod", "protocol"],
                            where: #"direction="egress""#, top: 20)),
                    Panel(
                        "Packets that are in no flow",
                        .rate(
                            Catalog.podUndetailedPackets.descriptor,
                            by: ["namespace", "pod", "cause"], top: 20)),
                ]),
            Row(
                "Sockets",
                [
                    Panel(
                        "By state",
                        .value(
                            Catalog.socketCounts.pod, by: ["namespace", "pod", "state"], top: 20)),
                    Panel(
                        "Listeners' queues",
                        .value(
                            Catalog.listenQueue.pod, by: ["namespace", "pod", "port"], top: 20)),
                    Panel(
                        "UDP errors",
                        .rate(
                            Catalog.stackUDPErrors.pod, by: ["namespace", "pod", "cause"], top: 20)),
                ]),
        ])
}
