/// How an endpoint's pod was found, the most trusted first.
package enum EndpointRule: String, ClosedLabel {
    /// HNS names one of the pod's containers, or its sandbox, among those that use it.
    case sandbox
    /// HNS names one of them among those in its network namespace.
    case namespace
    /// It has one of the pod's addresses.
    case address
    /// Its name begins with the pod's sandbox.
    case endpointName = "name"
    /// No pod is known for it, so its own name stands for one.
    case ownName = "own_name"
    package static var name: String { "rule" }
}

/// A program of Windows that is the only way to what it prints.
package enum WindowsProgram: String, ClosedLabel {
    case vfpctrl, pktmon
    /// The same program, asked for the names of components and not for what they count.
    case pktmonList = "pktmon_list"
    package static var name: String { "program" }
}

/// What became of a TCP connection, in VFP's words.
package enum VFPConnectionEvent: String, ClosedLabel {
    /// The handshake was complete.
    case verified
    case timedOut = "timed_out"
    case reset
    case resetBySyn = "reset_by_syn"
    case resetHalfTTL = "reset_half_ttl"
    case resetByInjection = "reset_by_injection"
    case closedByFin = "closed_by_fin"
    case halfOpenTimeout = "half_open_timeout"
    case expiredToTimeWait = "expired_to_time_wait"
    package static var name: String { "event" }
}

/// What the resolver of Windows got.
package enum ResolverOutcome: String, ClosedLabel {
    case answered, nxdomain
    /// The name is there, and has none of the type.
    case noRecords = "no_records"
    case servfail, refused, timeout, other
    package static var name: String { "outcome" }
}

/// A component of the network stack, as the packet monitor names it, with its group: a NIC or a switch.
package struct PktmonComponent: Label {
    package static var names: [String] { ["group", "component", "component_id"] }
    let group: String
    let component: String
    let id: UInt64

    package init(group: String, component: String, id: UInt64) {
        self.group = group
        self.component = component
        self.id = id
    }

    package func write(to text: inout LabelText) {
        text.append(name: "group", value: group)
        text.append(name: "component", value: component)
        text.append(name: "component_id", value: "\(id)")
    }
}

/// Where in Windows a packet was dropped.
package struct PktmonLocation: OpenLabel {
    package static var name: String { "location" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// `l2bridge`, `overlay` and the like; what HNS writes, in lower case.
package struct HNSNetworkKind: OpenLabel {
    package static var name: String { "type" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// `acl_block`, `outboundnat` and the like: what HNS writes, in lower case.
package struct HNSPolicyKind: OpenLabel {
    package static var name: String { "policy" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// What a service is reached by. No address stands for the node's own.
package struct ServiceFrontend: Label, Hashable {
    package static var names: [String] { ["address", "port", "protocol"] }
    private let address: String
    private let port: UInt16
    private let transport: TransportProtocol

    package init(address: String, port: UInt16, transport: TransportProtocol) {
        self.address = address
        self.port = port
        self.transport = transport
    }

    package func write(to text: inout LabelText) {
        text.append(name: "address", value: address)
        text.append(name: "port", value: "\(port)")
        text.append(name: "protocol", value: transport.rawValue)
    }
}

/// One of those that answer for a service: its address, or its ID in HNS where that tells none.
package struct ServiceBackend: Label, Hashable {
    package static var names: [String] { ["backend", "backend_port"] }
    private let backend: String
    private let port: UInt16

    package init(backend: String, port: UInt16) {
        self.backend = backend
        self.port = port
    }

    package func write(to text: inout LabelText) {
        text.append(name: "backend", value: backend)
        text.append(name: "backend_port", value: "\(port)")
    }
}
