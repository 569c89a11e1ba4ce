// Connection tracking.

/// One of the counters that connection tracking keeps for each CPU, by the kernel's name.
package enum ConntrackStatistic: String, ClosedLabel {
    /// Packets whose connection was looked up again because another CPU moved it; rare.
    case searchRestart = "search_restart"
    /// Times NAT wanted a name for a connection and another had it.
    case found
    /// Packets that belong to no connection and can begin none.
    case invalid
    /// Connections put in by ctnetlink; those that packets begin are not counted by the kernel.
    case insert
    /// Connections that could not be put in: another of the same name was first, or the chain was too long.
    case insertFailed = "insert_failed"
    /// Packets dropped because no connection could be made for them: the table is full.
    case drop
    /// Connections thrown out for new ones while the table was full.
    case earlyDrop = "early_drop"
    /// Packets that were malformed.
    case error
    /// Clashes of two new connections that were settled without a drop.
    case clashResolve = "clash_resolve"
    /// Connections refused because too many share a hash bucket.
    case chainTooLong = "chain_toolong"
    package static var name: String { "statistic" }
}

/// What a tracked connection has come to: TCP's state as connection tracking sees it, and for other
/// protocols whether it was answered.
package enum ConntrackState: String, ClosedLabel {
    case none
    case synSent = "syn_sent"
    case synReceived = "syn_recv"
    case established
    case finWait = "fin_wait"
    case closeWait = "close_wait"
    case lastAck = "last_ack"
    case timeWait = "time_wait"
    case close
    /// Both ends sent a SYN.
    case synSent2 = "syn_sent2"
    /// Not TCP: packets one way only.
    case unreplied
    /// Not TCP: packets both ways.
    case replied
    /// Not TCP: packets both ways for a while, so that it is not thrown out early.
    case assured
    /// A TCP state that this version does not know.
    case unknown
    package static var name: String { "state" }
}

/// What happened to a tracked connection.
package enum ConntrackEvent: String, ClosedLabel {
    case new, destroy
    package static var name: String { "event" }
}

/// The address that translated connections leave by, and where they go. Nil stands for all that have no series of
/// their own, and is written as `overflow="true"`.
package struct SNATUse: Label {
    package static var names: [String] { ["snat_address", "destination"] }
    private let texts: (address: String, destination: String)?

    /// `destination` is an address with its port.
    package init(address: String, destination: String) {
        texts = (address, destination)
    }

    private init() { texts = nil }
    package static let overflow = SNATUse()

    package func write(to text: inout LabelText) {
        if let texts {
            text.append(name: "snat_address", value: texts.address)
            text.append(name: "destination", value: texts.destination)
        } else {
            text.append(name: "overflow", value: "true")
        }
    }
}

extension Catalog {
    package static let conntrackEntries = ScopedMetric(
        "conntrack_entries", .gauge, series: 1,
        help: "Connections in the table, those included that are over and not yet removed.")
    package static let conntrackLimit = ScopedMetric(
        "conntrack_limit", .gauge, series: 1,
        help: "Most connections that the table takes before packets of new ones are dropped.")
    package static let conntrackStatistics = ScopedMetric(
        "conntrack_statistics_total", .counter, labels: ConntrackStatistic.self, series: 10,
        help:
            "The kernel's own counters of the connection table, all CPUs together, since it is there."
    )
    package static let conntrackStates = ScopedMetric(
        "conntrack_state_entries", .gauge,
        labels: AddressFamily.self, TransportProtocol.self, ConntrackState.self, series: 140,
        help: "Connections in the table at the last dump, by what they have come to.")
    package static let conntrackBuckets = Metric(
        "fovea_node_conntrack_buckets", .gauge, budget: 1,
        help: "Hash buckets of the connection table, which all namespaces share.")
    package static let conntrackDumpAge = Metric(
        "fovea_node_conntrack_dump_age_seconds", .gauge, .seconds, budget: 1,
        help: "Time since the last dump of the node's connection table was complete.")
    package static let conntrackDumpDuration = Metric(
        "fovea_node_conntrack_dump_duration_seconds", .gauge, .seconds, budget: 1,
        help: "How long the last dump of the node's connection table took.")
    package static let podConnections = Metric(
        "fovea_pod_conntrack_connections", .gauge, level: .local,
        labels: PodLabel.self, Direction.self, TransportProtocol.self, budget: 5_000,
        help:
            "Connections in the node's table that the endpoint opened (egress) or that reach it (ingress), at the last dump."
    )

    package static let conntrackEvents = Metric(
        "fovea_node_conntrack_events_total", .counter,
        labels: ConntrackEvent.self, TransportProtocol.self, budget: 10,
        help: "Connections that began and ended in the node's table, as the kernel told them.")
    package static let conntrackEventsLost = Metric(
        "fovea_node_conntrack_events_lost_total", .counter, budget: 1,
        help: "Events that came faster than they were read; in no other series.")
    package static let snatEntries = Metric(
        "fovea_node_snat_entries", .gauge, labels: SNATUse.self, TransportProtocol.self,
        budget: 100,
        help:
            "Ports of the address that connections with translated source hold towards the destination, at the last dump."
    )
    package static let snatPortUsage = Metric(
        "fovea_node_snat_port_usage_ratio", .gauge, budget: 1,
        help:
            "The largest part of an address's 64512 ports that is held towards one destination; at 1 connections fail."
    )
    package static let snatFolded = Metric(
        "fovea_node_snat_undetailed_entries", .gauge, budget: 1,
        help:
            "Connections with translated source whose destination found no room; they are in the overflow series."
    )
    package static let podSNATEntries = Metric(
        "fovea_pod_snat_entries", .gauge, level: .local,
        labels: PodLabel.self, SNATUse.self, TransportProtocol.self, budget: 500,
        help: "The endpoint's part in the ports held towards a destination, at the last dump.")

    /// What the kernel has in files, for everybody to read.
    package static let conntrackFromFiles: [MetricDescriptor] = [
        conntrackEntries.node, conntrackLimit.node, conntrackBuckets.descriptor,
    ]

    /// What only netlink tells.
    package static let conntrackFromNetlink: [MetricDescriptor] =
        conntrackStatistics.descriptors + conntrackStates.descriptors + [
            conntrackEntries.pod, conntrackLimit.pod, conntrackDumpAge.descriptor,
            conntrackDumpDuration.descriptor, podConnections.descriptor,
            conntrackEvents.descriptor, conntrackEventsLost.descriptor, snatEntries.descriptor,
            snatPortUsage.descriptor, snatFolded.descriptor, podSNATEntries.descriptor,
        ]

    package static let conntrack = conntrackFromFiles + conntrackFromNetlink
}
