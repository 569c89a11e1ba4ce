import MetricSchema

/// What only Windows has, and how the agents do.
extension Dashboard {
    static let windows = Dashboard(
        name: "windows", title: "Windows nodes",
        rows: [
            Row(
                "Endpoints",
                [
                    Panel(
                        "By the rule that told whose they are",
                        .value(Catalog.windowsEndpoints.descriptor, by: ["instance", "rule"])),
                    Panel(
                        "TCP at the VFP port, by what became of it",
                        .rate(
                            Catalog.podConnectionEvents.descriptor,
                            by: ["namespace", "pod", "event"], top: 20)),
                    Panel(
                        "Age of the oldest reading of a VFP port",
                        .value(
                            Catalog.vfpOldestReading.descriptor, by: ["instance"], largest: true)),
                    Panel("Networks", .value(Catalog.hnsNetworks.descriptor, by: ["type"])),
                    Panel(
                        "Backends of services",
                        .value(
                            Catalog.serviceBackends.descriptor,
                            by: ["instance", "address", "port", "protocol"])),
                    Panel(
                        "Values that could not be read",
                        .rate(Catalog.windowsUnreadable.descriptor, by: ["instance", "collector"])),
                ]),
            Row(
                "Drops",
                [
                    Panel(
                        "By component, while pktmon counts",
                        .rate(
                            Catalog.pktmonComponentDrops.descriptor, by: ["group", "component"],
                            top: 20)),
                    Panel(
                        "By reason and place",
                        .rate(
                            Catalog.pktmonDropLocations.descriptor, by: ["reason", "location"],
                            top: 20)),
                    Panel(
                        "Missed by the packet monitor's stream",
                        .rate(Catalog.pktmonUndetailed.descriptor, by: ["instance"])),
                ]),
            Row(
                "The host's own resolver",
                [
                    Panel(
                        "Lookups",
                        .rate(Catalog.resolverLookups.descriptor, by: ["instance", "outcome"])),
                    Panel(
                        "Without an answer",
                        .rate(Catalog.resolverUnanswered.descriptor, by: ["instance"])),
                    Panel(
                        "Latency, of which a hundredth is above",
                        .quantile(0.99, Catalog.resolverTime.descriptor, by: ["instance"])),
                ]),
        ])

    static let agent = Dashboard(
        name: "agent", title: "Agents",
        rows: [
            Row(
                "Are they well",
                [
                    Panel(
                        "Agents", as: .table,
                        .value(
                            Catalog.buildInfo.descriptor, by: ["instance", "version", "system"])),
                    Panel(
                        "Nodes that have a capability", as: .bars,
                        .value(Catalog.capability.descriptor, by: ["capability"])),
                    Panel(
                        "Nodes whose collector answers", as: .bars,
                        .value(Catalog.collectorSuccess.descriptor, by: ["collector"])),
                ]),
            Row(
                "What was not seen in detail",
                [
                    Panel(
                        "Packets that are in no flow",
                        .rate(
                            Catalog.podUndetailedPackets.descriptor, by: ["instance", "cause"])),
                    Panel(
                        "Drops without reason",
                        .rate(Catalog.dropsUndetailedPackets.descriptor, by: ["instance"])),
                    Panel(
                        "Events the kernel skipped programs for",
                        .rate(Catalog.programMisses.descriptor, by: ["instance", "program"])),
                    Panel(
                        "Age of what is read in pods' namespaces",
                        .value(
                            Catalog.readingAge.descriptor, by: ["instance", "collector"],
                            largest: true)),
                    Panel(
                        "Namespaces that could not be read",
                        .rate(Catalog.readingFailures.descriptor, by: ["instance", "collector"])),
                    Panel(
                        "TCP packets of connections without room",
                        .rate(Catalog.podTCPUntracked.descriptor, by: ["instance"])),
                ]),
            Row(
                "Names and series",
                [
                    Panel(
                        "Since the API server said anything",
                        .value(
                            Catalog.clusterAge.descriptor, by: ["instance", "resource"],
                            largest: true)),
                    Panel("Series", .value(Catalog.series.descriptor, by: ["instance"])),
                    Panel(
                        "Series folded into others",
                        .value(Catalog.foldedSeries.descriptor, by: ["instance", "metric"])),
                ]),
            Row(
                "What they cost",
                [
                    Panel(
                        "Processor", .rate(Catalog.agentCPU.descriptor, by: ["instance", "mode"])),
                    Panel("Memory", .value(Catalog.agentMemory.descriptor, by: ["instance"])),
                    Panel(
                        "Kernel memory of maps",
                        .value(Catalog.mapBytes.descriptor, by: ["instance"])),
                    Panel(
                        "Slowest scrape, by collector",
                        .value(
                            Catalog.collectorDuration.descriptor, by: ["collector"], largest: true)
                    ),
                    Panel(
                        "Evictions from the flow cache",
                        .rate(Catalog.flowEvictions.descriptor, by: ["instance"])),
                    Panel(
                        "Time in programs, with kernel.bpf_stats_enabled",
                        .rate(Catalog.programSeconds.descriptor, by: ["instance", "program"])),
                ]),
        ])
}
