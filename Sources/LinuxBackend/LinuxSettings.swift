package import Observability

/// What the Linux backend can be told.
package struct LinuxSettings: Sendable, Equatable {
    package var packets = true
    package var drops = true
    /// Read the counters of the node's nftables rules.
    package var nftables = true
    package var tcpSockets = true
    package var tcpHandshakes = 8192
    /// Seconds without another SYN-ACK after which a half-open connection has ended. The kernel waits 32 at most by
    /// default.
    package var halfOpenTimeout = 40
    package var interfaces = true
    /// What drivers say beside the counters that all devices have.
    package var drivers = true
    package var infiniband = true
    package var stack = true
    package var sockets = true
    /// Ask the kernel for each TCP socket's round trip.
    package var socketRoundTrips = true
    /// Listening ports of a namespace that have series of their own.
    package var listenPorts = 16
    /// Enter endpoints' network namespaces for what can be read only inside.
    package var entersNamespaces = true
    /// Seconds after which an endpoint's namespace is read again.
    package var readingInterval = 10
    /// Milliseconds that one collector may read endpoints' namespaces for in one scrape.
    package var readingBudget = 200
    package var dns = DNSSettings()
    package var conntrack = true
    /// Seconds between two dumps of connection tables; more where one takes long.
    package var conntrackInterval = 30
    /// Hear of each connection that begins or ends in the node's table.
    package var conntrackEvents = false
    /// The namespace whose table is the node's, by its file; nil for the agent's own.
    package var conntrackNamespace: String?
    /// Translated connections to remember before older ones are forgotten.
    package var translations = 32_768
    /// Bytes of kernel memory for the flow cache, all CPUs together.
    package var flowCacheBytes = 16 << 20
    package var spillEntries = 16_384
    package var endpoints = 512
    /// Follow TCP connections in the packet program.
    package var tcp = true
    package var tcpConnections = 131_072
    /// TCP flows that may have something out of the ordinary between two readings; 0 keeps none by flow.
    package var tcpFlows = 4096
    package var apiServers: [ServerAddress] = []
    /// Seconds after which a SYN to an API server counts as unanswered.
    package var apiServerTimeout = 3
    package var peerNodes: [PeerNode] = []
    /// Where none are named: the most of the cluster's that have a place at the same time.
    package var followedNodes = 128
    /// The TCP port that peer nodes are asked at while nothing is heard of them; 0: they are not.
    package var probePort = 0
    /// Seconds between two probes of a node.
    package var probeInterval = 30
    /// Use tcx links where the kernel has them; else, and otherwise, filters on a clsact qdisc.
    package var tcx = true
    /// Names of the uplinks; empty finds them.
    package var uplinks: [String] = []
    /// Names for peers outside.
    package var groups: [AddressGroup] = []
    /// Seconds for which what was seen of an address waits for the cluster to name it.
    package var namingPatience = 15
    package var namespaceFolders = ["/run/netns", "/run/docker/netns"]

    package init() {}
}

extension LinuxSettings {
    /// `cluster` is where nodes are known from where the settings name none.
    func watchedPeers(_ cluster: (any PeerNodeSource)?) -> WatchedPeers {
        let named = Set(peerNodes.map(\.name)).count
        return WatchedPeers(
            servers: apiServers, nodes: named == 0 && cluster != nil ? followedNodes : named,
            patience: .seconds(apiServerTimeout))
    }
}
