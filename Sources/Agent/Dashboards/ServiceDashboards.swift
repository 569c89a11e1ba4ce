import MetricSchema

/// What pods have of services and of other zones, and how far the API server and other nodes are.
extension Dashboard {
    static let services = Dashboard(
        name: "services", title: "Services and zones",
        rows: [
            Row(
                "Services, as pods have them",
                [
                    Panel(
                        "Bytes",
                        .rate(
                            Catalog.serviceBytes.descriptor,
                            by: ["namespace", "service", "direction"], where: ofNamespace, top: 20)
                    ),
                    Panel(
                        "Connections",
                        .rate(
                            Catalog.serviceConnections.descriptor, by: ["namespace", "service"],
                            where: ofNamespace, top: 20)),
                    Panel(
                        "Connections that failed, by reason",
                        .rate(
                            Catalog.serviceFailures.descriptor,
                            by: ["namespace", "service", "reason"], where: ofNamespace, top: 20)),
                    Panel(
                        "Time to connect, of which half is above",
                        .quantile(
                            0.5, Catalog.serviceConnectSeconds.descriptor,
                            by: ["namespace", "service"], where: ofNamespace, top: 20)),
                    Panel(
                        "Time to connect, of which a hundredth is above",
                        .quantile(
                            0.99, Catalog.serviceConnectSeconds.descriptor,
                            by: ["namespace", "service"], where: ofNamespace, top: 20)),
                    Panel(
                        "Packets that may be of several services",
                        .rate(Catalog.serviceAmbiguous.descriptor, by: ["instance"])),
                ]),
            Row(
                "Zones",
                [
                    Panel(
                        "Sent to and from zones",
                        .rate(
                            Catalog.zoneBytes.descriptor, by: ["source_zone", "destination_zone"],
                            where: #"direction="egress""#, top: 20)),
                    Panel(
                        "Now", as: .bars,
                        .rate(
                            Catalog.zoneBytes.descriptor, by: ["source_zone", "destination_zone"],
                            where: #"direction="egress""#, top: 10)),
                    Panel(
                        "By service",
                        .rate(
                            Catalog.serviceZoneBytes.descriptor,
                            by: ["namespace", "service", "source_zone", "destination_zone"],
                            where: ofNamespace, top: 20)),
                    Panel(
                        "With endpoints whose hints name other zones, by service",
                        .rate(
                            Catalog.serviceZoneBytes.descriptor,
                            by: ["namespace", "service", "source_zone", "destination_zone"],
                            where: ofNamespace + #",hints="missed""#, top: 20)),
                ]),
        ])

    private static let ofNamespace = #"namespace=~"$namespace""#

    static let latency = Dashboard(
        name: "latency", title: "API server and node latency",
        rows: [
            Row(
                "The API server",
                [
                    Panel(
                        "Handshake from nodes and pods, of which a tenth is above",
                        .quantile(0.9, Catalog.nodeServerHandshake.descriptor, by: ["instance"])),
                    Panel(
                        "Round trip, of which a tenth is above",
                        .quantile(0.9, Catalog.nodeServerRoundTrip.descriptor, by: ["instance"])),
                    Panel(
                        "Attempts without an answer, and refused",
                        .rate(Catalog.nodeServerUnanswered.descriptor, by: ["instance"]),
                        .rate(Catalog.nodeServerRefused.descriptor, by: ["instance"])),
                    Panel(
                        "Handshake from pods, of which a tenth is above",
                        .quantile(
                            0.9, Catalog.podServerHandshake.descriptor, by: ["namespace", "pod"],
                            top: 20)),
                    Panel(
                        "Round trip from pods, of which a tenth is above",
                        .quantile(
                            0.9, Catalog.podServerRoundTrip.descriptor, by: ["namespace", "pod"],
                            top: 20)),
                    Panel(
                        "Pods' attempts without an answer, and refused",
                        .rate(
                            Catalog.podServerUnanswered.descriptor, by: ["namespace", "pod"],
                            top: 20),
                        .rate(
                            Catalog.podServerRefused.descriptor, by: ["namespace", "pod"], top: 20)
                    ),
                ]),
            Row(
                "Other nodes, where nodes.peers names them",
                [
                    Panel(
                        "That answer",
                        .value(
                            Catalog.peerReachable.descriptor, by: ["instance", "peer_node"])),
                    Panel(
                        "Handshake, of which a tenth is above",
                        .quantile(
                            0.9, Catalog.peerHandshake.descriptor, by: ["instance", "peer_node"],
                            top: 20)),
                    Panel(
                        "Round trip, of which a tenth is above",
                        .quantile(
                            0.9, Catalog.peerRoundTrip.descriptor, by: ["instance", "peer_node"],
                            top: 20)),
                ]),
        ])
}
