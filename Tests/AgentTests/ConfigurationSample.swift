import Testing

@testable import Agent

/// A value that is no key's default, as the three sources write it.
struct ConfigurationSample: CustomTestStringConvertible {
    let path: String
    /// In the file.
    let yaml: String
    /// In a variable or an argument.
    let scalar: String
    /// What the key shows of it.
    let shown: String

    init(_ path: String, _ yaml: String, scalar: String? = nil, shown: String? = nil) {
        self.path = path
        self.yaml = yaml
        self.scalar = scalar ?? yaml
        self.shown = shown ?? yaml
    }

    var testDescription: String { path }

    /// The file with only this key.
    var document: String { ConfigurationKey.document(path, yaml) }

    static let all: [ConfigurationSample] = general + windows + platform

    private static let general: [ConfigurationSample] = [
        .init("server.address", "'::1'", scalar: "::1", shown: "::1"),
        .init("server.port", "9100"),
        .init("server.scrape-timeout", "5"),
        .init("server.series", "50000"),
        .init("server.tls-certificate", "/etc/fovea/tls.crt"),
        .init("server.tls-key", "/etc/fovea/tls.key"),
        .init("server.client-authority", "/etc/fovea/clients.crt"),
        .init("server.token-file", "/etc/fovea/tokens"),
        .init("server.review-tokens", "true"),
        .init("log.level", "debug"),
        .init("state-directory", "/var/lib/fovea"),
        .init("compatibility", "[retina]", scalar: "retina"),
        .init("retina.context", "remote"),
        .init("metrics.configuration", "/etc/fovea/metrics.yaml"),
        .init("kubernetes.enabled", "'on'", scalar: "on", shown: "on"),
        .init("kubernetes.kubeconfig", "/etc/kubernetes/kubelet.conf"),
        .init("kubernetes.node", "node-1"),
        .init("kubernetes.cluster-name", "north"),
        .init("kubernetes.pods", "node"),
        .init("kubernetes.services", "false"),
        .init("kubernetes.endpoint-slices", "false"),
        .init("kubernetes.policies", "false"),
    ]

    private static let windows: [ConfigurationSample] = [
        .init("windows.vfp-processes", "8"),
        .init("windows.vfp-rules", "true"),
        .init("windows.vfp-rule-series", "3"),
        .init("windows.compartments", "16"),
        .init("windows.start-pktmon", "true"),
        .init("windows.packet-stream", "true"),
    ]

    #if os(Linux)
        private static let platform: [ConfigurationSample] = [
            .init("packets.enabled", "no", shown: "false"),
            .init("packets.endpoints", "64"),
            .init("packets.flow-cache-bytes", "1048576"),
            .init("packets.spill-entries", "1024"),
            .init("packets.tcx", "off", shown: "false"),
            .init("packets.uplinks", "[eth0, bond1]", scalar: "eth0,bond1"),
            .init("packets.tcp", "no", shown: "false"),
            .init("packets.tcp-connections", "1024"),
            .init("packets.tcp-flows", "512"),
            .init(
                "peers.groups", "[office=192.0.2.0/24, v6=2001:db8::/32]",
                scalar: "office=192.0.2.0/24,v6=2001:db8::/32"),
            .init("peers.naming-patience", "30"),
            .init(
                "endpoints.namespace-directories", "[/run/netns]", scalar: "/run/netns",
                shown: "[/run/netns]"),
            .init("interfaces.drivers", "false"),
            .init("interfaces.infiniband", "false"),
            .init("sockets.enabled", "false"),
            .init("sockets.round-trips", "false"),
            .init("sockets.listen-ports", "64"),
            .init("endpoints.enter", "false"),
            .init("endpoints.reading-interval", "60"),
            .init("endpoints.reading-budget", "50"),
            .init(
                "api-server.addresses", "['192.0.2.1:6443', '[2001:db8::1]:6443', 192.0.2.2]",
                scalar: "192.0.2.1:6443,[2001:db8::1]:6443,192.0.2.2",
                shown: "[192.0.2.1:6443, [2001:db8::1]:6443, 192.0.2.2]"),
            .init("api-server.timeout", "10"),
            .init(
                "nodes.peers", "['a=192.0.2.7', 'a=2001:db8::7']",
                scalar: "a=192.0.2.7,a=2001:db8::7",
                shown: "[a=192.0.2.7, a=2001:db8::7]"),
            .init("nodes.followed", "12"),
            .init("nodes.probe-port", "10250"),
            .init("nodes.probe-interval", "60"),
            .init("drops.enabled", "false"),
            .init("drops.nftables", "false"),
            .init("tcp-sockets.enabled", "false"),
            .init("tcp-sockets.handshakes", "512"),
            .init("tcp-sockets.half-open-timeout", "70"),
            .init("interfaces.enabled", "false"),
            .init("stack.enabled", "false"),
            .init("dns.enabled", "false"),
            .init("dns.ports", "[53, 8053]", scalar: "53,8053"),
            .init("dns.timeout", "2"),
            .init("dns.pending-queries", "1000"),
            .init("dns.streams", "128"),
            .init("dns.names", "true"),
            .init("dns.top-names", "5"),
            .init("conntrack.enabled", "false"),
            .init("conntrack.dump-interval", "120"),
            .init("conntrack.events", "on", shown: "true"),
            .init("conntrack.translations", "2048"),
        ]
    #else
        private static let platform: [ConfigurationSample] = []
    #endif
}

extension ConfigurationKey {
    /// A file with one key: `packets.endpoints` becomes `endpoints` within `packets`.
    static func document(_ path: String, _ value: String) -> String {
        let sections = path.split(separator: ".")
        let lines = sections.enumerated().map { depth, name in
            String(repeating: "  ", count: depth) + name + ":"
        }
        return lines.joined(separator: "\n") + " " + value + "\n"
    }
}

extension Configuration {
    /// What every key shows, by path.
    var shown: [String: String] {
        Dictionary(uniqueKeysWithValues: ConfigurationKey.all.map { ($0.path, $0.show(self)) })
    }

    static var defaultsShown: [String: String] { Configuration().shown }
}
