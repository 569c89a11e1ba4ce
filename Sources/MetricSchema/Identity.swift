/// Who an endpoint is. In a cluster a pod with its namespace; on a host without one the name of the network
/// namespace, with no Kubernetes namespace. Peers that are no endpoint have reserved names, which hold a
/// colon and so can be no pod's.
package struct Identity: Hashable, Sendable {
    package let namespace: String
    package let pod: String

    package init(namespace: String = "", pod: String) {
        self.namespace = namespace
        self.pod = pod
    }

    /// An address outside of everything this agent knows.
    package static let world = Identity(pod: "reserved:world")
    /// The node itself.
    package static let node = Identity(pod: "reserved:node")
    /// Whoever is behind an address that the node translates, where it is not known which of several.
    package static let translated = Identity(pod: "reserved:translated")

    /// Another node of the cluster.
    package static func node(_ name: String) -> Identity { Identity(pod: "node:\(name)") }

    /// A service, where it is not known which of its pods answers.
    package static func service(_ name: String, namespace: String) -> Identity {
        Identity(namespace: namespace, pod: "service:\(name)")
    }
}

/// The endpoint a number belongs to.
package struct PodLabel: Label {
    package static var names: [String] { ["namespace", "pod"] }
    package let identity: Identity
    package init(_ identity: Identity) { self.identity = identity }

    package func write(to text: inout LabelText) {
        text.append(name: "namespace", value: identity.namespace)
        text.append(name: "pod", value: identity.pod)
    }
}

/// The sender of a flow.
package struct SourceLabel: Label {
    package static var names: [String] { ["source_namespace", "source_pod"] }
    package let identity: Identity
    package init(_ identity: Identity) { self.identity = identity }

    package func write(to text: inout LabelText) {
        text.append(name: "source_namespace", value: identity.namespace)
        text.append(name: "source_pod", value: identity.pod)
    }
}

/// The receiver of a flow.
package struct DestinationLabel: Label {
    package static var names: [String] { ["destination_namespace", "destination_pod"] }
    package let identity: Identity
    package init(_ identity: Identity) { self.identity = identity }

    package func write(to text: inout LabelText) {
        text.append(name: "destination_namespace", value: identity.namespace)
        text.append(name: "destination_pod", value: identity.pod)
    }
}
