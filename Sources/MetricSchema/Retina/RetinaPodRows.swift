// Retina's advanced metrics: of pods, and of sources and destinations.

extension Retina {
    static let podTraffic: [RetinaRow] =
        forwarded(
            Scoped("forward_count", ["direction"], help: "Packets of pods."),
            pods: Catalog.podPackets.descriptor, flows: Catalog.flowPackets.descriptor,
            rest: Catalog.podUndetailedPackets.descriptor)
        + forwarded(
            Scoped("forward_bytes", ["direction"], help: "Bytes of pods."),
            pods: Catalog.podBytes.descriptor, flows: Catalog.flowBytes.descriptor,
            rest: Catalog.podUndetailedBytes.descriptor)

    /// `rest` is what the pods' totals hold and no flow does.
    private static func forwarded(
        _ metric: Scoped, pods: MetricDescriptor, flows: MetricDescriptor, rest: MetricDescriptor
    ) -> [RetinaRow] {
        metric.rows(
            by: "packetparser",
            local: [
                RetinaRule(pods, to: metric.local) { labels, names in
                    [direction(labels, .local)] + pod(labels, .own, &names)
                }
            ],
            remote: [
                RetinaRule(flows, to: metric.remote) { labels, names in
                    [direction(labels, .remote)] + pod(labels, .source, &names)
                        + pod(labels, .destination, &names)
                },
                RetinaRule(rest, to: metric.remote) { labels, names in
                    if labels["pod"] == Identity.node.pod { return nil }
                    let pod = pod(labels, .own, &names)
                    return [direction(labels, .remote)]
                        + (isSent(labels) ? pod + nobody : nobody + pod)
                },
            ],
            difference: "Whoever is no pod is unknown, address included.",
            remoteDifference:
                "Whoever is no pod is unknown, address included. What is in no flow has an unknown peer. On Windows there are no flows: nothing is written."
        )
    }

    static let podDrops: [RetinaRow] = {
        let packets = Scoped(
            "drop_count", ["reason", "direction"], help: "Dropped packets of pods by reason.")
        let bytes = Scoped(
            "drop_bytes", ["reason", "direction"], help: "Bytes of pods' dropped packets.")
        let difference = "Reasons as for drop_count; on Windows endpoint and aclrule."
        @Sendable func lead(_ labels: SeriesLabels, _ context: RetinaContext) -> [String] {
            [dropReason(labels["reason"]), direction(labels, context)]
        }
        return packets.rows(
            of: [(Catalog.podDropPackets.descriptor, nil)], by: "dropreason",
            difference: difference, sends: isSent, lead: lead)
            + bytes.rows(
                of: [(Catalog.podDropBytes.descriptor, nil)], by: "dropreason",
                difference: "Reasons as for drop_count; none on Windows.", sends: isSent, lead: lead
            )
    }()

    /// Of either system: their reasons have no name in common.
    private static func dropReason(_ reason: String) -> String {
        switch reason {
        case "hns_endpoint": "endpoint"
        case "vfp_acl": "aclrule"
        default: linuxDropReason(reason)
        }
    }

    static let podTCP: [RetinaRow] = {
        let flags = Scoped("tcpflags_count", ["flag"], help: "TCP packets of pods with the flag.")
        let retransmissions = Scoped(
            "tcpretrans_count", ["direction"], on: .linux,
            help: "TCP segments that pods sent again.")
        return flags.rows(
            of: [(Catalog.podTCPFlags.descriptor, nil)], by: "packetparser",
            difference: "ACK, PSH and NS are not counted.", sends: isSent
        ) { labels, _ in [labels["flag"].uppercased()] }
            + retransmissions.rows(
                of: [(Catalog.podTCPRetransmittedPackets.descriptor, nil)], on: .linux,
                by: "tcpretrans",
                difference:
                    "The sender's alone: Retina counts one a second time, as ingress, where the receiver is on the node too.",
                sends: { _ in true }
            ) { _, context in [context == .remote ? "EGRESS" : "egress"] }
    }()

    static let apiServer: [RetinaRow] = {
        func histogram(_ name: String, help: String) -> MetricDescriptor {
            MetricDescriptor(
                retina: "networkobservability_\(name)", .histogram, labels: [], on: .linux,
                level: .node, help: help)
        }
        let latency = histogram(
            "adv_node_apiserver_latency", help: "Round trips to the API server, in milliseconds.")
        let handshake = histogram(
            "adv_node_apiserver_tcp_handshake_latency",
            help: "From SYN to SYN-ACK of the API server, in milliseconds.")
        let silence = counter(
            "adv_node_apiserver_no_response", ["no_response"],
            help: "Connection attempts that the API server did not answer.")
        let buckets =
            "Sum and count are exact; a latency is in the first bucket that ours is within, a quarter of an octave too late at most. Of the API server that the agent asks, or of api-server.addresses."
        return [
            RetinaRow(
                latency, .pods, by: "packetparser",
                .rules([RetinaRule(Catalog.nodeServerRoundTrip.descriptor, to: latency) { _ in [] }]
                ),
                difference: buckets),
            RetinaRow(
                handshake, .pods, by: "packetparser",
                .rules([
                    RetinaRule(Catalog.nodeServerHandshake.descriptor, to: handshake) { _ in [] }
                ]), difference: buckets),
            RetinaRow(
                silence, .pods, by: "packetparser",
                .rules([
                    RetinaRule(Catalog.nodeServerUnanswered.descriptor, to: silence) { _ in
                        ["no_response"]
                    }
                ]),
                difference:
                    "Connection attempts without an answer within api-server.timeout; Retina's are packets without one within half a second."
            ),
        ]
    }()
}
