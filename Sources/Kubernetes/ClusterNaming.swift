package import MetricSchema
package import Observability
import Synchronization

/// Names the endpoints of one node, and every address, as a cluster's directory does.
package final class ClusterNaming: EndpointNaming {
    package let changes: AsyncStream<Void>
    package let directory: ClusterDirectory
    /// Nil where numbers are not wanted by service.
    package let services: ServiceIndex?
    /// Nil where no policies are followed.
    package let policies: (any PolicyJudge)?
    /// Nil where nodes elsewhere are not followed.
    package let otherNodes: (any PeerNodeSource)?
    package let node: String
    /// What the configuration calls the cluster; empty where it does not.
    package let cluster: String
    private let changed: Changed

    /// What nobody has taken yet.
    private final class Changed: Sendable {
        let names = Mutex<ClusterDirectory.Names>([:])
    }

    /// `policySources` are what policies and all they are about come from, where they are followed.
    package init(
        node: String, cluster: String = "", knowsAllPods: Bool = true,
        services wantsServices: Bool = false,
        policySources: [ReflectorHealth]? = nil
    ) {
        self.node = node
        self.cluster = cluster
        let changed = Changed()
        let (stream, signal) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.changed = changed
        changes = stream
        let (nodes, nodesSignal) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let directory = ClusterDirectory(knowsAllPods: knowsAllPods) {
            nodesSignal.yield()
        } changed: { names in
            changed.names.withLock { $0.merge(names) { _, newer in newer } }
            signal.yield()
        }
        self.directory = directory
        otherNodes =
            knowsAllPods ? ClusterNodes(directory, own: node, changes: nodes) : nil
        services = wantsServices ? directory.services : nil
        services?.expect(.anywhere)
        policies = policySources.map { ClusterJudge(directory, node: node, from: $0) }
    }

    package func name(at addresses: [IPAddress]) -> EndpointName? {
        directory.pod(at: addresses, on: node)
    }

    package var newcomers: Newcomers { directory.newcomers }

    package var podRanges: [AddressRange] { directory.podRanges }

    package var zone: String { directory.zone(ofNode: node) }

    package var pods: [LocalPod] { directory.pods(on: node) }

    package func takeChanges() -> [IPAddress: Identity?] {
        changed.names.withLock { names in
            defer { names = [:] }
            return names
        }
    }
}
