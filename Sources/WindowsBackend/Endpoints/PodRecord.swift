package import MetricSchema
package import Observability

/// A pod of this node, as far as its endpoints can be told by it. Who runs the backend gives the list;
/// without a cluster there is none.
package struct PodRecord: Sendable, Equatable {
    package let identity: Identity
    /// The container runtime's ID of its sandbox.
    package let sandbox: String
    /// Its network namespace, where the runtime tells it.
    package let namespace: GUID?
    /// Its own addresses; none for a pod in the host's network.
    package let addresses: [IPAddress]

    package init(
        identity: Identity, sandbox: String, namespace: GUID? = nil, addresses: [IPAddress] = []
    ) {
        self.identity = identity
        self.sandbox = sandbox
        self.namespace = namespace
        self.addresses = addresses
    }
}
