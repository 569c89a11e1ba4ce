import Yams

// Retina's config.yaml, which its chart's values have too, and the operator's.

extension RetinaSetting {
    static let agent: [RetinaSetting] = [
        .same("apiServer.host", as: "server.address"),
        .same("apiServer.port", as: "server.port"),
        RetinaSetting(path: "logLevel", becomes: ["log.level"], remark: "") { value, draft in
            let level = value.scalar?.string.lowercased() ?? ""
            let others = ["warn": "warning", "panic": "critical", "fatal": "critical"]
            draft.set("log.level", Node(others[level] ?? level))
            return .translated
        },
        RetinaSetting(
            path: "enabledPlugin", becomes: ["dns.names", "windows.packet-stream"],
            remark:
                "Parts are on unless they are switched off, each by its `….enabled`. `dns` with `enablePodLevel` also tells names; `pktmon` needs the packet monitor's stream."
        ) { value, draft in plugins(value.words, &draft) },
        .needless(
            "metricsInterval",
            "values are read when they are asked for, so the interval is Prometheus'"),
        .needless(
            "metricsIntervalDuration",
            "values are read when they are asked for, so the interval is Prometheus'"),
        .none("enableTelemetry", off: ["false"], "nothing is sent to anybody"),
        .needless("telemetryInterval", "nothing is sent to anybody"),
        .needless(
            "enableRetinaEndpoint", "pods are followed at the API server without an operator"),
        RetinaSetting(
            path: "enablePodLevel", becomes: ["retina.context"],
            remark:
                "`basic` without it; with it `local`, or `remote` with `remoteContext`"
        ) { value, draft in
            draft.isPodLevel = value.isTrue
            return .translated
        },
        RetinaSetting(path: "remoteContext", becomes: ["retina.context"], remark: "") {
            value, draft in
            draft.isRemote = value.isTrue
            return .translated
        },
        RetinaSetting(
            path: "enableAnnotations", becomes: [],
            remark:
                "a MetricsConfiguration of ours ([contexts.md](contexts.md)) that takes annotated pods alone; the annotation is `fovea.network/observe=true`"
        ) { value, draft in
            guard value.isTrue else { return .translated }
            draft.isAnnotated = true
            return .said(
                .open,
                "annotate with fovea.network/observe=true what is annotated with retina.sh=observe; a MetricsConfiguration of Retina's is not in force beside it"
            )
        },
        .needless("bypassLookupIPOfInterest", "every pod is counted; there is no filter to bypass"),
        .needless("filterMapMaxEntries", "every pod is counted; there is no filter to fill"),
        .needless(
            "dataAggregationLevel", "packets are added up in the kernel, and none is counted twice"),
        RetinaSetting(
            path: "dataSamplingRate", becomes: [],
            remark: "every packet is counted, so numbers are that much larger than Retina's"
        ) { value, _ in
            value.scalar?.string == "1"
                ? .translated
                : .said(
                    .needless,
                    "every packet is counted, so numbers are that much larger than Retina's")
        },
        .needless("conntrackReportInterval", "flows are read at each scrape"),
        .needless(
            "enableConntrackMetrics",
            "connection tables are read anyway (conntrack.enabled); bytes and packets of live connections are not added up"
        ),
        .needless(
            "packetParserRingBuffer", "there is no event for each packet, and no buffer for them"),
        .needless(
            "packetParserRingBufferSize",
            "there is no event for each packet, and no buffer for them"),
        RetinaSetting(path: "enableTCX", becomes: ["packets.tcx"], remark: "") { value, draft in
            if value.scalar?.string.lowercased() == "off" {
                draft.set("packets.tcx", Node("false"), on: [.linux])
            }
            return .translated
        },
        .none("monitorSockPath", "Cilium's monitor is not read"),
    ]

    private static func plugins(_ names: [String], _ draft: inout MigrationDraft) -> Outcome {
        draft.plugins.formUnion(names)
        let ours: Set = [
            "dropreason", "packetforward", "packetparser", "linuxutil", "dns", "conntrack",
            "tcpretrans", "infiniband", "hnsstats", "pktmon", "ebpfwindows",
        ]
        let others = names.filter { !ours.contains($0) }
        if others.isEmpty { return .translated }
        return .said(.lost, "nothing does what \(others.joined(separator: " and ")) does")
    }

    /// The operator's own file.
    static let operatorFile: [RetinaSetting] = [
        .needless("installCRDs", "there is no operator"),
        .none("enableTelemetry", off: ["false"], "nothing is sent to anybody"),
        .needless("telemetryInterval", "nothing is sent to anybody"),
        .needless("logLevel", "there is no operator"),
        .needless(
            "enableRetinaEndpoint", "pods are followed at the API server without an operator"),
        .needless("remoteContext", "there is no operator; the agent's own counts"),
        .needless("captureDebug", noCaptures),
        .none("captureJobNumLimit", off: ["0"], noCaptures),
        .none("captureHostPathBaseDir", off: ["/var/log/retina/captures"], noCaptures),
        .none("enableManagedStorageAccount", off: ["false"], noCaptures),
        .none("azureCredentialConfig", noCaptures),
    ]

    static let noCaptures = "there are no captures of packets yet"
}
