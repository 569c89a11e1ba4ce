package import MetricSchema

/// A pod of this node, by what its endpoints can be known by.
package struct LocalPod: Sendable, Equatable {
    package let identity: Identity
    /// IDs of its containers, without the name of their runtime. Its sandbox is one where that is told, which an API
    /// server does not.
    package let containers: [String]
    /// Those that are its own and nobody's who came later; none of a pod that is about to end.
    package let addresses: [IPAddress]

    package init(identity: Identity, containers: [String] = [], addresses: [IPAddress] = []) {
        self.identity = identity
        self.containers = containers
        self.addresses = addresses
    }
}
