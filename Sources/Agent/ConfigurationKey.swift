import Logging
import Observability

#if os(Linux)
    import LinuxBackend
#endif

/// One key of the configuration: its name, what it takes, what it does. The file, the environment, the
/// command line and the documentation are all made from the list of these.
package struct ConfigurationKey: Sendable {
    /// As in the file, sections joined by dots: `packets.endpoints`.
    package let path: String
    /// What values look like: `a number from 16 to 4096`.
    package let takes: String
    package let help: String
    /// The value in a configuration, as the file would have it.
    package let show: @Sendable (Configuration) -> String
    let set: @Sendable (inout Configuration, ConfigurationValue) -> Bool

    /// `FOVEA_PACKETS_ENDPOINTS` for `packets.endpoints`.
    package var variable: String {
        "FOVEA_" + path.map { $0.isLetter || $0.isNumber ? String($0).uppercased() : "_" }.joined()
    }
}

/// What stands behind a key.
enum ConfigurationValue: Equatable {
    case scalar(String)
    case list([String])
}

extension ConfigurationKey {
    typealias Path<Value> = WritableKeyPath<Configuration, Value> & Sendable

    static func flag(_ path: String, _ key: Path<Bool>, _ help: String) -> ConfigurationKey {
        ConfigurationKey(
            path: path, takes: "true or false", help: help, show: { "\($0[keyPath: key])" },
            set: { configuration, value in
                switch value {
                case .scalar("true"), .scalar("yes"), .scalar("on"):
                    configuration[keyPath: key] = true
                case .scalar("false"), .scalar("no"), .scalar("off"):
                    configuration[keyPath: key] = false
                default: return false
                }
                return true
            })
    }

    static func number(
        _ path: String, _ key: Path<Int>, in range: ClosedRange<Int>, _ help: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            path: path, takes: "a number from \(range.lowerBound) to \(range.upperBound)",
            help: help,
            show: { "\($0[keyPath: key])" },
            set: { configuration, value in
                guard case .scalar(let text) = value, let number = Int(text), range.contains(number)
                else {
                    return false
                }
                configuration[keyPath: key] = number
                return true
            })
    }

    /// `orNothing`: the key may be left empty, and then something else stands in for it.
    static func text(
        _ path: String, _ key: Path<String>, takes: String, orNothing: Bool = false, _ help: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            path: path, takes: takes, help: help, show: { $0[keyPath: key] },
            set: { configuration, value in
                guard case .scalar(let text) = value, orNothing || !text.isEmpty else {
                    return false
                }
                configuration[keyPath: key] = text
                return true
            })
    }

    static func list(
        _ path: String, _ key: Path<[String]>, takes: String, _ help: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            path: path, takes: takes, help: help,
            show: { "[" + $0[keyPath: key].joined(separator: ", ") + "]" },
            set: { configuration, value in
                switch value {
                case .list(let items): configuration[keyPath: key] = items
                case .scalar(let text):
                    configuration[keyPath: key] = items(of: text)
                }
                return true
            })
    }

    /// Port numbers, each once, at most `most` of them.
    static func ports(
        _ path: String, _ key: Path<[UInt16]>, most: Int, _ help: String
    ) -> ConfigurationKey {
        list(path, of: key, takes: "1 to \(most) port numbers", help) {
            (1...most).contains($0.count) && !$0.contains(0)
        }
    }

    /// A list whose every item is read as a value of its own; none may be repeated.
    static func list<Item: LosslessStringConvertible & Hashable & Sendable>(
        _ path: String, of key: Path<[Item]>, takes: String, _ help: String,
        allows: @escaping @Sendable ([Item]) -> Bool = { _ in true }
    ) -> ConfigurationKey {
        ConfigurationKey(
            path: path, takes: takes, help: help,
            show: { "[" + $0[keyPath: key].map(\.description).joined(separator: ", ") + "]" },
            set: { configuration, value in
                let texts =
                    switch value {
                    case .list(let items): items
                    case .scalar(let text): items(of: text)
                    }
                let read = texts.compactMap(Item.init)
                guard read.count == texts.count, Set(read).count == read.count, allows(read) else {
                    return false
                }
                configuration[keyPath: key] = read
                return true
            })
    }

    /// `a, b`, or `[a, b]` as the documentation shows it.
    private static func items(of text: String) -> [String] {
        let inner =
            text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text[...]
        return inner.split(separator: ",").map { item in
            String(item.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }

    static func choice<Value: RawRepresentable<String> & CaseIterable & Sendable>(
        _ path: String, _ key: Path<Value>, _ help: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            path: path, takes: "one of " + Value.allCases.map(\.rawValue).joined(separator: ", "),
            help: help, show: { $0[keyPath: key].rawValue },
            set: { configuration, value in
                guard case .scalar(let text) = value, let choice = Value(rawValue: text) else {
                    return false
                }
                configuration[keyPath: key] = choice
                return true
            })
    }
}

// MARK: The keys

extension ConfigurationKey {
    package static let all: [ConfigurationKey] = general + windows + platform

    private static let general: [ConfigurationKey] = [
        .text(
            "server.address", \.serverAddress, takes: "an address or a host name",
            "Where to listen for scrapes."),
        .number(
            "server.port", \.serverPort, in: 1...65_535,
            "The port of /metrics and the health checks."),
        .number(
            "server.scrape-timeout", \.scrapeTimeout, in: 1...300,
            "Seconds a collector may take; Prometheus' own timeout shortens it."),
        .number(
            "server.series", \.seriesLimit, in: 1_000...10_000_000,
            "Most series of all metrics together, beside each metric's own budget (docs/metrics.md); what is too much "
                + "shares a series with overflow=true."),
        .text(
            "server.tls-certificate", \.access.certificate, takes: "a PEM file or nothing",
            orNothing: true,
            "The server's certificate and what leads to its authority; nothing serves without TLS. Read anew for each connection."
        ),
        .text(
            "server.tls-key", \.access.key, takes: "a PEM file or nothing", orNothing: true,
            "The certificate's private key."),
        .text(
            "server.client-authority", \.access.clientAuthority, takes: "a PEM file or nothing",
            orNothing: true,
            "Who signs the certificate that a client has to show, but for health checks; nothing asks for none. "
                + "Read anew for each connection."
        ),
        .text(
            "server.token-file", \.access.tokens, takes: "a file or nothing", orNothing: true,
            "Bearer tokens, one a line, of which a client has to show one, but for health checks; nothing asks for none."
        ),
        .flag(
            "server.review-tokens", \.access.reviewsTokens,
            "Ask the API server about bearer tokens that are not in token-file: who has one must be allowed to get /metrics, "
                + "but for health checks. Needs the right to create tokenreviews and subjectaccessreviews."
        ),
        .choice("log.level", \.logLevel, "How much is logged, to standard error."),
        .text(
            "state-directory", \.stateFolder, takes: "a folder",
            "Where the lock lies that keeps a second agent from this node."),
        .list(
            "compatibility", of: \.compatibility, takes: "a list of retina, or nothing",
            "Whose metrics are written beside our own, from the same numbers; docs/retina.md says which."
        ),
        .choice(
            "retina.context", \.retinaContext,
            "With compatibility: whether Retina's metrics of pods are left out, one for each pod, or one for each source "
                + "and destination, as Retina's enablePodLevel and remoteContext choose."),
        .text(
            "metrics.configuration", \.metricsFile, takes: "a file or nothing", orNothing: true,
            "A MetricsConfiguration (docs/contexts.md) that says how metrics are written, in place of the cluster's. "
                + "Read again when it changes."),
        .choice(
            "kubernetes.enabled", \.kubernetes.enabled,
            "Name endpoints and peers as a cluster does; auto does so where there is a service account or "
                + "kubernetes.kubeconfig."),
        .text(
            "kubernetes.kubeconfig", \.kubernetes.kubeconfig, takes: "a file or nothing",
            orNothing: true,
            "The way to the API server, by the current context; nothing for the pod's own service account. HTTPS_PROXY "
                + "and NO_PROXY are followed as kubectl follows them, unless the file has a proxy-url."
        ),
        .text(
            "kubernetes.node", \.kubernetes.node, takes: "a node's name or nothing",
            orNothing: true,
            "The name this node has in the cluster; nothing for the host's own name."),
        .text(
            "kubernetes.cluster-name", \.kubernetes.clusterName, takes: "a name or nothing",
            orNothing: true,
            "What the cluster is called: the label of fovea_kubernetes_cluster_info, and a label of series where a "
                + "MetricsConfiguration asks for it. Kubernetes has no name for a cluster itself."),
        .choice(
            "kubernetes.pods", \.kubernetes.pods,
            "Whose pods are followed: the cluster's, so that peers on other nodes have names, or those of this node "
                + "alone. On Windows, where no flows are followed, always those of this node."),
        .flag(
            "kubernetes.services", \.kubernetes.services,
            "Count traffic and connections of this node's pods by service."),
        .flag(
            "kubernetes.endpoint-slices", \.kubernetes.endpointSlices,
            "Follow endpoint slices, so that what goes straight to a service's endpoints is the service's too. Not "
                + "needed where kube-proxy translates; the API server sends each change to every node."
        ),
        .flag(
            "kubernetes.policies", \.kubernetes.policies,
            "Follow network policies, and say of packets that filters drop which policies deny them."
        ),
    ]

    /// On every system, because a recorded Windows node runs on every system.
    private static let windows: [ConfigurationKey] = [
        .number(
            "windows.vfp-processes", \.windows.vfpProcesses, in: 1...1024,
            "On Windows: the most processes of vfpctrl that one scrape starts: one for each port, two with its rules."
        ),
        .flag(
            "windows.vfp-rules", \.windows.readsVFPRules,
            "On Windows: read what each of VFP's rules matched and dropped; a second process for each port."
        ),
        .number(
            "windows.vfp-rule-series", \.windows.vfpRuleSeries, in: 0...1000,
            "On Windows: rules of an endpoint that have series of their own, the first that count anything; the "
                + "others share one."),
        .number(
            "windows.compartments", \.windows.compartments, in: 0...1024,
            "On Windows: the most network compartments of containers that one scrape reads for pods' own TCP, UDP and IP "
                + "counters and sockets; those wait whose last reading is newest. 0 reads none."),
        .flag(
            "windows.start-pktmon", \.windows.startsPktmon,
            "On Windows: have pktmon count, which takes the one session there is and costs for each packet."
        ),
        .flag(
            "windows.packet-stream", \.windows.readsPacketStream,
            "On Windows: open a session of the packet monitor, or of its events before Server 2022, that tells dropped "
                + "packets by reason, place and component; costs for each drop."),
    ]

    #if os(Linux)
        private static let platform: [ConfigurationKey] = [
            .flag("packets.enabled", \.linux.packets, "Count packets and flows with eBPF."),
            .number(
                "packets.endpoints", \.linux.endpoints, in: 16...4096,
                "Most endpoints at the same time; 160 bytes of kernel memory each, for every CPU."),
            .number(
                "packets.flow-cache-bytes", \.linux.flowCacheBytes, in: 65_536...1_073_741_824,
                "Kernel memory for the flow cache, divided among the CPUs; a flow takes 64 bytes."),
            .number(
                "packets.spill-entries", \.linux.spillEntries, in: 16...1_048_576,
                "Flows that may be evicted between two readings before their detail is lost."),
            .flag(
                "packets.tcx", \.linux.tcx,
                "Attach with tcx links where the kernel has them, and not with clsact filters."),
            .list(
                "packets.uplinks", \.linux.uplinks, takes: "interface names",
                "Interfaces that lead out of the node; none named finds them: hardware, bonds of hardware, and "
                    + "what the default route leaves by."),
            .flag(
                "packets.tcp", \.linux.tcp,
                "Follow TCP connections: flags, handshakes, round trips, retransmissions."),
            .number(
                "packets.tcp-connections", \.linux.tcpConnections, in: 64...4_194_304,
                "TCP connections that are followed at the same time; 48 bytes of kernel memory each."
            ),
            .number(
                "packets.tcp-flows", \.linux.tcpFlows, in: 0...1_048_576,
                "Flows whose TCP was not ordinary, or was timed, between two readings, before that detail is lost; "
                    + "half a kilobyte of kernel memory for each that was. 0 keeps none by flow."),
            .list(
                "peers.groups", of: \.linux.groups, takes: "a list of NAME=ADDRESS/PREFIX",
                "Names for addresses outside: a peer that is nobody here and nobody in the cluster is group:NAME of the "
                    + "longest prefix it has, and reserved:world without one."
            ) { Set($0.map(\.range)).count == $0.count },
            .number(
                "peers.naming-patience", \.linux.namingPatience, in: 0...120,
                "Seconds for which flows of an address that nobody has yet wait for the cluster to name it, before they "
                    + "are reserved:world; 0: they do not wait."
            ),
            .list(
                "endpoints.namespace-directories", \.linux.namespaceFolders, takes: "folders",
                "Where network namespaces have files; a namespace without one is named by its first process."
            ),
            .flag(
                "interfaces.drivers", \.linux.drivers,
                "Ask drivers for their own counters of errors and drops, and for the sizes of rings."
            ),
            .flag(
                "interfaces.infiniband", \.linux.infiniband,
                "Read the counters of InfiniBand ports, where there are any."),
            .flag(
                "sockets.enabled", \.linux.sockets,
                "Count sockets by state, and how full listeners' queues are, of the node and of each endpoint."
            ),
            .flag(
                "sockets.round-trips", \.linux.socketRoundTrips,
                "Count established TCP sockets by their smoothed round trips. The kernel locks each for a moment to tell."
            ),
            .number(
                "sockets.listen-ports", \.linux.listenPorts, in: 0...1024,
                "Listening ports of a namespace that have series of their own, those with the most in their queues; "
                    + "the others share one."),
            .flag(
                "endpoints.enter", \.linux.entersNamespaces,
                "Enter endpoints' network namespaces for what can be read only there; needs CAP_SYS_ADMIN."
            ),
            .number(
                "endpoints.reading-interval", \.linux.readingInterval, in: 0...3600,
                "Seconds for which what was read in an endpoint's namespace is served again."),
            .number(
                "endpoints.reading-budget", \.linux.readingBudget, in: 1...10_000,
                "Milliseconds for which one collector reads endpoints' namespaces in a scrape; the rest wait for the next."
            ),
            .list(
                "api-server.addresses", of: \.linux.apiServers,
                takes:
                    "addresses with or without a port, such as 192.0.2.1:6443 or '[2001:db8::1]:6443'",
                "The API servers, as endpoints and this node address them, whose latency and failures are kept apart; needs packets.tcp. None is the one that the agent asks for names, where that is an address."
            ),
            .number(
                "api-server.timeout", \.linux.apiServerTimeout, in: 1...60,
                "Seconds after which a SYN to an API server counts as unanswered."),
            .list(
                "nodes.peers", of: \.linux.peerNodes,
                takes: "names with an address, such as worker-2=192.0.2.7",
                "Other nodes whose latency, which needs packets.tcp, is kept apart; a node of several addresses is named with each. None is those of the cluster, where its nodes are followed (kubernetes.pods)."
            ),
            .number(
                "nodes.followed", \.linux.followedNodes, in: 0...1000,
                "The most other nodes of the cluster whose latency is kept apart at the same time, 1.3 kB of kernel memory for each."
            ),
            .number(
                "nodes.probe-port", \.linux.probePort, in: 0...65_535,
                "The TCP port at which peer nodes that nothing is heard of are asked for a connection, which is reset at once; 0 does not ask."
            ),
            .number(
                "nodes.probe-interval", \.linux.probeInterval, in: 5...3600,
                "Seconds between two probes of a node; one is asked at a time, and 20 a second at most."
            ),
            .flag("drops.enabled", \.linux.drops, "Count dropped packets by reason."),
            .flag(
                "drops.nftables", \.linux.nftables,
                "Read the counters of nftables rules that drop, by table and chain: the node's, and with endpoints.enter endpoints' own."
            ),
            .flag(
                "tcp-sockets.enabled", \.linux.tcpSockets,
                "Count what TCP sockets see; 2.6 kB of kernel memory for each of packets.endpoints."
            ),
            .number(
                "tcp-sockets.handshakes", \.linux.tcpHandshakes, in: 256...1_048_576,
                "TCP handshakes under way whose duration is kept; with more the oldest are not measured."
            ),
            .number(
                "tcp-sockets.half-open-timeout", \.linux.halfOpenTimeout, in: 1...600,
                "Seconds without another SYN-ACK after which a half-open connection has ended; 33 is enough unless net.ipv4.tcp_synack_retries is above 5."
            ),
            .flag(
                "interfaces.enabled", \.linux.interfaces,
                "Read the counters of network devices and their qdiscs."),
            .flag(
                "stack.enabled", \.linux.stack,
                "Read the kernel's protocol counters, of the node and of each endpoint."),
            .flag(
                "dns.enabled", \.linux.dns.enabled,
                "Count DNS messages and the time their answers take; needs packets.enabled."),
            .ports(
                "dns.ports", \.linux.dns.ports, most: 8,
                "UDP and TCP ports, of either end, whose packets are DNS; 5353 is mDNS."),
            .number(
                "dns.timeout", \.linux.dns.timeout, in: 1...60,
                "Seconds after which a query without a response counts as timed out."),
            .number(
                "dns.pending-queries", \.linux.dns.pendingQueries, in: 64...1_048_576,
                "Queries that can wait for responses at the same time; 0.1 kB of kernel memory each."
            ),
            .number(
                "dns.streams", \.linux.dns.streams, in: 64...1_048_576,
                "TCP connections, each way, that can be followed at the same time; 0.1 kB each."),
            .flag(
                "dns.names", \.linux.dns.names,
                "Count DNS messages by name too; what pods ask for is then in the metrics."),
            .number(
                "dns.top-names", \.linux.dns.topNames, in: 1...1000,
                "Names with series of their own, for each endpoint and role; the rest is one series."
            ),
            .flag(
                "conntrack.enabled", \.linux.conntrack,
                "Read connection tables: the node's, and those of endpoints that have their own."),
            .number(
                "conntrack.dump-interval", \.linux.conntrackInterval, in: 1...3600,
                "Seconds between two dumps of the connection tables; fifty times as long as a dump takes, where "
                    + "that is longer."),
            .flag(
                "conntrack.events", \.linux.conntrackEvents,
                "Hear of each connection that begins or ends in the node's table: counts them, and names flows to "
                    + "services from their first packet on. Costs the kernel a message for each."),
            .number(
                "conntrack.translations", \.linux.translations, in: 1024...1_048_576,
                "Translated connections remembered to name flows by, those seen last; up to a hundred bytes each."
            ),
        ]
    #else
        private static let platform: [ConfigurationKey] = []
    #endif
}
