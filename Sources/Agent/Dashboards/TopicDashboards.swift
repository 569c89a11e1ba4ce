import MetricSchema

/// One subject each, across nodes and pods.
extension Dashboard {
    static let drops = Dashboard(
        name: "drops", title: "Drops",
        rows: [
            Row(
                "Anywhere on the nodes",
                [
                    Panel(
                        "By reason",
                        .rate(
                            Catalog.nodeDropPackets.descriptor, by: ["reason", "direction"],
                            top: 30)),
                    Panel(
                        "By node",
                        .rate(Catalog.nodeDropPackets.descriptor, by: ["instance"], top: 20)),
                    Panel(
                        "Netfilter, by hook",
                        .rate(Catalog.nodeNetfilterDrops.descriptor, by: ["family", "hook"])),
                    Panel(
                        "Bytes by reason",
                        .rate(Catalog.nodeDropBytes.descriptor, by: ["reason"], top: 30)),
                    Panel(
                        "Counted without reason and endpoint",
                        .rate(Catalog.dropsUndetailedPackets.descriptor, by: ["instance"])),
                    Panel(
                        "Counted without hook",
                        .rate(Catalog.netfilterUndetailed.descriptor, by: ["instance"])),
                    Panel(
                        "nftables, by rule's chain",
                        .rate(
                            Catalog.nftablesDrops.descriptor,
                            by: ["family", "table", "chain", "verdict"], top: 20)),
                    Panel(
                        "nftables rules that drop uncounted",
                        .value(
                            Catalog.nftablesUncounted.descriptor,
                            by: ["instance", "family", "table"])),
                    Panel(
                        "Pods' own nftables, by rule's chain",
                        .rate(
                            Catalog.podNftablesDrops.descriptor,
                            by: ["namespace", "pod", "table", "chain"], top: 20)),
                    Panel(
                        "Pods' nftables rules that drop uncounted",
                        .value(
                            Catalog.podNftablesUncounted.descriptor,
                            by: ["namespace", "pod", "table"])),
                ]),
            Row(
                "Of pods",
                [
                    Panel(
                        "By pod",
                        .rate(
                            Catalog.podDropPackets.descriptor,
                            by: ["namespace", "pod", "direction"], top: 20)),
                    Panel(
                        "By pod and reason",
                        .rate(
                            Catalog.podDropPackets.descriptor, by: ["namespace", "pod", "reason"],
                            top: 20)),
                    Panel(
                        "Netfilter, by hook",
                        .rate(
                            Catalog.podNetfilterDrops.descriptor,
                            by: ["namespace", "pod", "hook", "direction"], top: 20)),
                ]),
            Row(
                "What network policies say of what was lost, computed from their text",
                [
                    Panel(
                        "Packets dropped and denied, by policy",
                        .rate(
                            Catalog.policyDeniedPackets.descriptor,
                            by: ["namespace", "pod", "direction", "policy"], top: 20)),
                    Panel(
                        "Packets dropped and not denied",
                        .rate(
                            Catalog.policyAcquittedPackets.descriptor,
                            by: ["namespace", "pod", "direction", "verdict"], top: 20)),
                    Panel(
                        "Packets not asked about",
                        .rate(Catalog.policyUnjudged.descriptor, by: ["instance"])),
                    Panel(
                        "Connections failed and denied, by policy",
                        .rate(
                            Catalog.policyDeniedConnections.descriptor,
                            by: [
                                "source_namespace", "source_pod", "destination_namespace",
                                "destination_pod", "direction", "policy",
                            ], top: 20)),
                    Panel(
                        "Connections failed and not denied",
                        .rate(
                            Catalog.policyAcquittedConnections.descriptor,
                            by: ["source_namespace", "source_pod", "verdict", "reason"], top: 20)),
                    Panel(
                        "Connections not asked about",
                        .rate(Catalog.policyUnjudgedConnections.descriptor, by: ["instance"])),
                ]),
        ])

    static let tcp = Dashboard(
        name: "tcp", title: "TCP quality",
        rows: [
            Row(
                "Connections of pods",
                [
                    Panel(
                        "Established",
                        .rate(
                            Catalog.podTCPEstablished.descriptor, by: ["namespace", "pod", "role"],
                            top: 20)),
                    Panel(
                        "Failed, by reason",
                        .rate(
                            Catalog.podTCPFailed.descriptor,
                            by: ["namespace", "pod", "role", "reason"], top: 20)),
                    Panel(
                        "Ended, by how",
                        .rate(
                            Catalog.podTCPClosed.descriptor, by: ["namespace", "pod", "ending"],
                            top: 20)),
                    Panel(
                        "Resets sent",
                        .rate(
                            Catalog.podTCPResetsSent.descriptor,
                            by: ["namespace", "pod", "reason"],
                            top: 20)),
                    Panel(
                        "Accept queue full",
                        .rate(
                            Catalog.stackTCPListenOverflows.pod, by: ["namespace", "pod"], top: 20)),
                    Panel(
                        "Zero windows",
                        .rate(
                            Catalog.podTCPZeroWindows.descriptor,
                            by: ["namespace", "pod", "direction"], top: 20)),
                ]),
            Row(
                "Loss",
                [
                    Panel(
                        "Part of segments sent again", unit: "percentunit",
                        .ratio(
                            Catalog.stackTCPRetransmitted.pod, of: Catalog.stackTCPSegments.pod,
                            by: ["namespace", "pod"], wholeWhere: #"direction="egress""#, top: 20)),
                    Panel(
                        "Packets sent again",
                        .rate(
                            Catalog.podTCPRetransmittedPackets.descriptor,
                            by: ["namespace", "pod", "segment"], top: 20)),
                    Panel(
                        "Out of order at the link",
                        .rate(
                            Catalog.podTCPResequencedPackets.descriptor,
                            by: ["namespace", "pod", "kind"], top: 20)),
                ]),
            Row(
                "Latency, of which a tenth is above",
                [
                    Panel(
                        "Round trip at the link",
                        .quantile(
                            0.9, Catalog.podTCPRoundTrip.descriptor, by: ["namespace", "pod"],
                            top: 20)),
                    Panel(
                        "Handshake at the link",
                        .quantile(
                            0.9, Catalog.podTCPHandshake.descriptor,
                            by: ["namespace", "pod", "role", "step"], top: 20)),
                    Panel(
                        "Connect, as the socket sees it",
                        .quantile(
                            0.9, Catalog.podTCPConnectSeconds.descriptor, by: ["namespace", "pod"],
                            top: 20)),
                ]),
        ])

    static let dns = Dashboard(
        name: "dns", title: "DNS",
        rows: [
            Row(
                "Pods that ask",
                [
                    Panel(
                        "Queries",
                        .rate(
                            Catalog.podDNSQueries.descriptor, by: ["namespace", "pod", "type"],
                            where: #"role="client""#, top: 20)),
                    Panel(
                        "Answers by code",
                        .rate(
                            Catalog.podDNSResponses.descriptor, by: ["rcode"],
                            where: #"role="client""#)),
                    Panel(
                        "Without an answer",
                        .rate(
                            Catalog.podDNSTimeouts.descriptor, by: ["namespace", "pod"],
                            where: #"role="client""#, top: 20)),
                    Panel(
                        "Sent again",
                        .rate(
                            Catalog.podDNSRepeated.descriptor, by: ["namespace", "pod"],
                            where: #"role="client""#, top: 20)),
                    Panel(
                        "Latency, of which half is above",
                        .quantile(
                            0.5, Catalog.podDNSResponseTime.descriptor, by: ["namespace", "pod"],
                            where: #"role="client""#, top: 20)),
                    Panel(
                        "Latency, of which a hundredth is above",
                        .quantile(
                            0.99, Catalog.podDNSResponseTime.descriptor, by: ["namespace", "pod"],
                            where: #"role="client""#, top: 20)),
                ]),
            Row(
                "Pods that answer",
                [
                    Panel(
                        "Queries received",
                        .rate(
                            Catalog.podDNSQueries.descriptor, by: ["namespace", "pod"],
                            where: #"role="server""#, top: 20)),
                    Panel(
                        "Answers by code",
                        .rate(
                            Catalog.podDNSResponses.descriptor, by: ["namespace", "pod", "rcode"],
                            where: #"role="server""#, top: 20)),
                    Panel(
                        "Latency, of which a hundredth is above",
                        .quantile(
                            0.99, Catalog.podDNSResponseTime.descriptor, by: ["namespace", "pod"],
                            where: #"role="server""#, top: 20)),
                ]),
            Row(
                "Names, with dns.names",
                [
                    Panel(
                        "Asked for",
                        .rate(Catalog.podDNSNameQueries.descriptor, by: ["query"], top: 20)),
                    Panel(
                        "Answered without success",
                        .rate(
                            Catalog.podDNSNameResponses.descriptor, by: ["query", "rcode"],
                            where: #"rcode!="noerror""#, top: 20)),
                    Panel(
                        "Queries without room for their answer",
                        .rate(Catalog.dnsUntrackedQueries.descriptor, by: ["instance"])),
                ]),
        ])

    static let connections = Dashboard(
        name: "connections", title: "Connection tracking and source ports",
        rows: [
            Row(
                "The nodes' tables",
                [
                    Panel(
                        "Part of the table that is taken", unit: "percentunit",
                        .ratio(
                            Catalog.conntrackEntries.node,
                            of: Catalog.conntrackLimit.node, by: ["instance"])),
                    Panel(
                        "By state",
                        .value(Catalog.conntrackStates.node, by: ["protocol", "state"])),
                    Panel(
                        "The kernel's own counters",
                        .rate(
                            Catalog.conntrackStatistics.node, by: ["instance", "statistic"])),
                    Panel(
                        "Connections of pods",
                        .value(
                            Catalog.podConnections.descriptor,
                            by: ["namespace", "pod", "direction"], top: 20)),
                    Panel(
                        "Begun and ended, with conntrack.events",
                        .rate(Catalog.conntrackEvents.descriptor, by: ["instance", "event"])),
                    Panel(
                        "Age of the dump",
                        .value(
                            Catalog.conntrackDumpAge.descriptor, by: ["instance"], largest: true)),
                ]),
            Row(
                "Source ports",
                [
                    Panel(
                        "Part of an address's ports towards one destination",
                        .value(Catalog.snatPortUsage.descriptor, by: ["instance"], largest: true)),
                    Panel(
                        "Ports held, by address and destination",
                        .value(
                            Catalog.snatEntries.descriptor, by: ["snat_address", "destination"],
                            top: 20)),
                    Panel(
                        "Ports held, by pod",
                        .value(
                            Catalog.podSNATEntries.descriptor, by: ["namespace", "pod"], top: 20)
                    ),
                ]),
            Row(
                "Pods' own tables",
                [
                    Panel(
                        "Part that is taken", unit: "percentunit",
                        .ratio(
                            Catalog.conntrackEntries.pod,
                            of: Catalog.conntrackLimit.pod, by: ["namespace", "pod"],
                            top: 20))
                ]),
        ])
}
