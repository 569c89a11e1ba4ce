import MetricSchema

/// After the cluster: a node, then its pods.
extension Dashboard {
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
