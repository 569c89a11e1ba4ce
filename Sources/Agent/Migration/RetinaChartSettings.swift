import Yams

// Values of Retina's Helm chart, but for those that are the agent's.

extension RetinaSetting {
    static let chartValues: [RetinaSetting] = {
        let ownImage = "the image is another one: set image.repository to yours"
        let noOperator = "there is no operator"
        let ownRights = "the chart has what the agent needs: docs/security.md"
        return [
            .chart("os.linux", as: "linux.enabled"),
            RetinaSetting(path: "os.windows", becomes: ["windows.enabled"], remark: "") {
                value, draft in
                draft.wantsWindows = value.isTrue
                draft.set(chart: "windows.enabled", value)
                return value.isTrue
                    ? .said(.open, "the Windows agent was never run on Windows: docs/windows.md")
                    : .translated
            },
            .needless("operator", noOperator),
            RetinaSetting(path: "image.repository", becomes: [], remark: ownImage) { _, _ in
                .said(.open, ownImage)
            },
            .needless("image.initRepository", "there is no init container"),
            .needless("image.tag", ownImage),
            .chart("image.pullPolicy", as: "image.pullPolicy"),
            .chart("imagePullSecrets", as: "image.pullSecrets"),
            .needless("nameOverride", "names are those of the release"),
            .needless("fullnameOverride", "names are those of the release"),
            .needless("namespace", "helm install --namespace says where"),
            .needless("agent", "names are those of the release"),
            .needless("agent_win", "names are those of the release"),
            .same("retinaPort", as: "server.port"),
            .needless("apiServer.port", "the chart of Retina takes retinaPort"),
            RetinaSetting(path: "enabledPlugin_linux", becomes: [], remark: "as `enabledPlugin`") {
                value, draft in plugins(value, &draft)
            },
            RetinaSetting(path: "enabledPlugin_win", becomes: [], remark: "as `enabledPlugin`") {
                value, draft in plugins(value, &draft)
            },
            .needless("azure", "nothing is sent to anybody"),
            .needless("daemonset.telemetryInterval", "nothing is sent to anybody"),
            .none(
                "daemonset.container.retina.env",
                "RETINA_… are variables of Retina's; FOVEA_… of docs/configuration.md go into linux.env"
            ),
            .needless("daemonset.container.retina.command", "the chart has the agent's own"),
            .needless("daemonset.container.retina.args", "the chart has the agent's own"),
            .needless(
                "daemonset.container.retina.healthProbeBindAddress",
                "/healthz and /readyz are on the port of /metrics"),
            .needless("daemonset.container.retina.metricsBindAddress", "there is one port"),
            .needless("daemonset.container.retina.ports", "there is one port, server.port"),
            .needless("volumeMounts", ownRights),
            .needless("volumeMounts_win", ownRights),
            .needless("securityContext", ownRights),
            .needless("service", "Prometheus finds the pods themselves"),
            .needless("operatorService", noOperator),
            .chart("serviceAccount.annotations", as: "serviceAccount.annotations"),
            .needless("serviceAccount.name", "names are those of the release"),
            .needless("resources", "the chart has limits for what the agent needs: docs/sizing.md"),
            .needless("capture.debug", noCaptures),
            .none("capture.jobNumLimit", off: ["0"], noCaptures),
            .none("capture.enableManagedStorageAccount", off: ["false"], noCaptures),
            .none("capture", noCaptures),
            .chart("nodeSelector", as: "linux.nodeSelector", "windows.nodeSelector"),
            .chart("tolerations", as: "linux.tolerations", "windows.tolerations"),
            .chart("affinity", as: "linux.affinity", "windows.affinity"),
            .none("readinessProbe", "probes has the times of all probes together"),
            .chart("livenessProbe.periodSeconds", as: "probes.periodSeconds"),
            .chart("livenessProbe.timeoutSeconds", as: "probes.timeoutSeconds"),
            .chart("livenessProbe.initialDelaySeconds", as: "probes.startupSeconds"),
            .none("livenessProbe", "probes has the times of all probes together"),
            .chart("priorityClassName", as: "priorityClassName"),
            .none("hubble", "there is no Hubble; flows are metrics: fovea_flow_packets_total"),
        ] + monitor("podMonitor") + monitor("serviceMonitor")
    }()

    private static func plugins(_ value: Node, _ draft: inout MigrationDraft) -> Outcome {
        agent.first { $0.path == "enabledPlugin" }?.translate(value, &draft) ?? .translated
    }

    /// Each as the same kind of ours; of two that are on ours takes the PodMonitor, as the chart refuses both.
    private static func monitor(_ kind: String) -> [RetinaSetting] {
        func setting(_ name: String, as ours: String, remark: String = "") -> RetinaSetting {
            let value = "monitoring.\(kind).\(ours)"
            return RetinaSetting(path: "metrics.\(kind).\(name)", becomes: [value], remark: remark)
            {
                given, draft in
                let isOn =
                    draft.monitors.contains(kind)
                    && (kind == "podMonitor" || !draft.monitors.contains("podMonitor"))
                if isOn, !given.isNothing { draft.set(chart: value, given) }
                return .translated
            }
        }
        let tls = "TLS is tls.mode, and the monitor follows it: docs/install.md"
        return [
            setting(
                "enabled", as: "enabled",
                remark: kind == "serviceMonitor"
                    ? "with `metrics.podMonitor.enabled` as well, the PodMonitor alone" : ""),
            setting("interval", as: "interval"), setting("scrapeTimeout", as: "scrapeTimeout"),
            setting("additionalLabels", as: "labels"), setting("relabelings", as: "relabelings"),
            setting("metricRelabelings", as: "metricRelabelings"),
            .none("metrics.\(kind).namespace", "it is made in the release's own namespace"),
            .none("metrics.\(kind).scheme", off: ["http"], tls),
            .none("metrics.\(kind).tlsConfig", tls),
        ]
    }
}
