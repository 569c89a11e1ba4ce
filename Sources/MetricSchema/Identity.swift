/// Who an endpoint is. In a cluster a pod with its namespace; on a host without one the name of the network
/// namespace, with no Kubernetes namespace. Peers that are no endpoint have reserved names, which hold a
/// colon and so can be no pod's.
package struct Identity: Hashable, Sendable {
    package var namespace: String { parts.namespace }
    package var pod: String { parts.pod }
    /// What manages the pod; nil for a bare pod, and for whoever is no pod.
    package var workload: Workload? { parts.workload }
    /// Of the node it is on; empty where that is not known. Carried along, and no part of who it is: a pod that comes again
    /// elsewhere has the series it had.
    package var zone: String { parts.zone }

    /// Elsewhere, since tables hold the same identity several times and have room for more than they hold.
    private let parts: Parts

    private final class Parts: Sendable {
        let namespace: String
        let pod: String
        let workload: Workload?
        let zone: String

        init(_ namespace: String, _ pod: String, _ workload: Workload?, _ zone: String) {
            self.namespace = namespace
            self.pod = pod
            self.workload = workload
            self.zone = zone
        }
    }

    package init(
        namespace: String = "", pod: String, workload: Workload? = nil, zone: String = ""
    ) {
        parts = Parts(namespace, pod, workload, zone)
    }

    package static func == (one: Identity, other: Identity) -> Bool {
        one.parts === other.parts
            || one.pod == other.pod && one.namespace == other.namespace
                && one.workload == other.workload
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(namespace)
        hasher.combine(pod)
    }

    /// An address outside of everything this agent knows.
    package static let world = Identity(pod: "reserved:world")
    /// The node itself.
    package static let node = Identity(pod: "reserved:node")
    /// Whoever is behind an address that the node translates, where it is not known which of several.
    package static let translated = Identity(pod: "reserved:translated")

    /// An address that a node of the cluster has for pods, and that is no known pod's: one that has not been heard of, or
    /// that is gone, or the node's own end of the pods' network.
    package static let cluster = Identity(pod: "reserved:cluster")

    /// Another node of the cluster.
    package static func node(_ name: String, zone: String = "") -> Identity {
        Identity(pod: "node:\(name)", zone: zone)
    }

    /// Addresses outside that the configuration has a name for.
    package static func group(_ name: String) -> Identity { Identity(pod: "group:\(name)") }

    /// A service, where it is not known which of its pods answers.
    package static func service(_ name: String, namespace: String) -> Identity {
        Identity(namespace: namespace, pod: "service:\(name)")
    }
}

/// What keeps pods running, as their owner sees it: a Deployment and not one of its ReplicaSets.
package struct Workload: Hashable, Sendable {
    package let kind: String
    package let name: String

    package init(kind: String, name: String) {
        self.kind = kind
        self.name = name
    }
}

/// The endpoint a number belongs to.
package struct PodLabel: Label {
    package static var names: [String] { ["namespace", "pod", "workload_kind", "workload"] }
    package let identity: Identity
    package init(_ identity: Identity) { self.identity = identity }

    package func write(to text: inout LabelText) {
        text.append(name: "namespace", value: identity.namespace)
        text.append(name: "pod", value: identity.pod)
        if let workload = identity.workload {
            text.append(name: "workload_kind", value: workload.kind)
            text.append(name: "workload", value: workload.name)
        }
    }
}

/// The sender of a flow.
package struct SourceLabel: Label {
    package static var names: [String] {
        [
            "source_namespace", "source_pod", "source_workload_kind",
            "source_workload",
        ]
    }
    package let identity: Identity
    /// Only where a context asks for it, as the port.
    private let address: String
    private let port: UInt16

    package init(_ identity: Identity, address: String = "", port: UInt16 = 0) {
        self.identity = identity
        self.address = address
        self.port = port
    }

    package func write(to text: inout LabelText) {
        text.append(name: "source_namespace", value: identity.namespace)
        text.append(name: "source_pod", value: identity.pod)
        if let workload = identity.workload {
            text.append(name: "source_workload_kind", value: workload.kind)
            text.append(name: "source_workload", value: workload.name)
        }
        text.append(name: "source_ip", value: address)
        if port != 0 { text.append(name: "source_port", value: "\(port)") }
    }
}

/// The receiver of a flow.
package struct DestinationLabel: Label {
    package static var names: [String] {
        [
            "destination_namespace", "destination_pod", "destination_workload_kind",
            "destination_workload",
        ]
    }
    package let identity: Identity
    /// Only where a context asks for it, as the port.
    private let address: String
    private let port: UInt16

    package init(_ identity: Identity, address: String = "", port: UInt16 = 0) {
        self.identity = identity
        self.address = address
        self.port = port
    }

    package func write(to text: inout LabelText) {
        text.append(name: "destination_namespace", value: identity.namespace)
        text.append(name: "destination_pod", value: identity.pod)
        if let workload = identity.workload {
            text.append(name: "destination_workload_kind", value: workload.kind)
            text.append(name: "destination_workload", value: workload.name)
        }
        text.append(name: "destination_ip", value: address)
        if port != 0 { text.append(name: "destination_port", value: "\(port)") }
    }
}
