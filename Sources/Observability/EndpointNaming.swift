package import MetricSchema

/// Knows from elsewhere, such as a cluster, whose addresses are. The backend asks; it is told when to.
package protocol EndpointNaming: Sendable {
    /// Who of this node has one of the addresses for itself; nil while that is not known.
    func name(at addresses: [IPAddress]) -> EndpointName?

    /// Every pod of this node, for who knows endpoints by more than addresses.
    var pods: [LocalPod] { get }

    /// Addresses whose owner changed since this was last asked, and who has them now; nil is nobody.
    func takeChanges() -> [IPAddress: Identity?]

    /// Who of those that have no name yet is to get one. Ask before taking changes: what it goes by is then among them.
    var newcomers: Newcomers { get }

    /// Ranges of addresses that the cluster has for pods.
    var podRanges: [AddressRange] { get }

    /// Where this node is; empty while that is not known.
    var zone: String { get }

    /// Says that there is something to take. For one reader.
    var changes: AsyncStream<Void> { get }

    /// Nil where services are nobody's business.
    var services: ServiceIndex? { get }

    /// Nil where network policies are nobody's business.
    var policies: (any PolicyJudge)? { get }

    /// Nil where other nodes are not followed.
    var otherNodes: (any PeerNodeSource)? { get }
}

/// Who an endpoint is.
package struct EndpointName: Hashable, Sendable {
    package let identity: Identity
    /// Tells an object from a later one of the same name: a pod's uid.
    package let object: String

    package init(_ identity: Identity, object: String) {
        self.identity = identity
        self.object = object
    }
}
