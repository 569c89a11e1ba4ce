/// Which way a packet went, as the endpoint (or the node) sees it.
package enum Direction: String, ClosedLabel {
    case ingress, egress
    package static var name: String { "direction" }
}

/// Why packets are in an endpoint's totals but in no flow.
package enum DetailLoss: String, ClosedLabel {
    /// Not an IP packet: ARP, LLDP and the like.
    case notIP = "not_ip"
    /// An IP packet that is truncated or contradicts itself.
    case malformed
    /// The flow was evicted from the cache while the spill map was full.
    case spillFull = "spill_full"
    package static var name: String { "cause" }
}

/// Transport protocol of a flow.
package enum TransportProtocol: String, ClosedLabel {
    case tcp, udp, icmp, sctp, other
    package static var name: String { "protocol" }
}

/// Where the agent's processor time went.
package enum CPUMode: String, ClosedLabel {
    case user, system
    package static var name: String { "mode" }
}

/// One thing a kernel or a system may or may not offer, and that numbers depend on.
package struct CapabilityName: OpenLabel {
    package static var name: String { "capability" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// A collector by its name in the configuration.
package struct CollectorName: OpenLabel, Hashable {
    package static var name: String { "collector" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// A network interface, by the name it has in the agent's own network namespace.
package struct InterfaceName: OpenLabel, Hashable {
    package static var name: String { "interface" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// Why the system dropped a packet: the running kernel's own reason, in lower case; a kernel symbol where
/// it gives none; on Windows the name of the counter that saw it.
package struct DropReason: OpenLabel, Hashable {
    package static var name: String { "reason" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// A program loaded into the kernel.
package struct ProgramName: OpenLabel {
    package static var name: String { "program" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// A map in kernel memory.
package struct MapName: OpenLabel {
    package static var name: String { "map" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// The agent's version.
package struct Version: OpenLabel {
    package static var name: String { "version" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// The system whose backend the agent runs.
package enum System: String, ClosedLabel {
    case linux, windows
    package static var name: String { "system" }
}
