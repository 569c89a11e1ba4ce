package import Logging
package import Observability

/// Keeps a node's picture of its cluster current, from the API server.
package struct ClusterFollower: Sendable {
    /// What a role has to allow: list and watch.
    package static let resources: [Resource] = [
        PodRecord.resource, ServiceRecord.resource, NodeRecord.resource, ReplicaSetRecord.resource,
        JobRecord.resource, NamespaceRecord.resource, NetworkPolicyRecord.resource,
        EndpointSliceRecord.resource, MetricsConfigurationRecord.resource,
    ]

    /// What is told by service.
    package enum Services: Sendable {
        case none
        /// What goes to their cluster addresses.
        case withoutEndpoints
        /// And what goes straight to their endpoints.
        case withEndpoints
    }

    package let naming: ClusterNaming
    /// The API server as packets have it; nil where it is called by a name.
    package var server: ServerAddress? { client.address }
    private let client: APIClient
    private let onlyOwn: Bool
    private let log: Logger
    private let backoff: Backoff
    private let pods: Reflector<PodRecord>
    private let services: Reflector<ServiceRecord>
    private let nodes: Reflector<NodeRecord>
    private let replicaSets: Reflector<ReplicaSetRecord>
    private let jobs: Reflector<JobRecord>
    private let namespaces: Reflector<NamespaceRecord>
    /// Nil where services' own addresses are all that is asked for.
    private let endpointSlices: Reflector<EndpointSliceRecord>?
    /// Nil where nobody asks what policies say.
    private let policies: Reflector<NetworkPolicyRecord>?
    private let podHealth = ReflectorHealth(PodRecord.resource)
    private let serviceHealth = ReflectorHealth(ServiceRecord.resource)
    private let nodeHealth = ReflectorHealth(NodeRecord.resource)
    private let replicaSetHealth = ReflectorHealth(ReplicaSetRecord.resource)
    private let jobHealth = ReflectorHealth(JobRecord.resource)
    private let namespaceHealth = ReflectorHealth(NamespaceRecord.resource)
    private let endpointSliceHealth = ReflectorHealth(EndpointSliceRecord.resource)
    private let policyHealth = ReflectorHealth(NetworkPolicyRecord.resource)

    /// `node` is this node's name in the cluster, `cluster` what that is called. With `onlyOwn` pods and nodes elsewhere are not followed.
    package init(
        _ client: APIClient, node: String, cluster: String = "", onlyOwn: Bool = false,
        policies judges: Bool = true,
        services: Services = .withEndpoints, log: Logger, backoff: Backoff = Backoff()
    ) {
        self.client = client
        self.onlyOwn = onlyOwn
        self.log = log
        self.backoff = backoff
        naming = ClusterNaming(
            node: node, cluster: cluster, knowsAllPods: !onlyOwn, services: services != .none,
            policySources: judges ? [policyHealth, podHealth, namespaceHealth] : nil)
        endpointSlices =
            services == .withEndpoints
            ? Reflector(client, health: endpointSliceHealth, log: log, backoff: backoff) : nil
        policies =
            judges
            ? Reflector(client, health: policyHealth, log: log, backoff: backoff) : nil
        self.services = Reflector(client, health: serviceHealth, log: log, backoff: backoff)
        var pods = Reflector<PodRecord>(
            client, fieldSelector: onlyOwn ? "spec.nodeName=\(node)" : "",
            health: podHealth, log: log, backoff: backoff)
        pods.trim = { $0.node == node ? $0 : $0.withoutContainers }
        self.pods = pods
        nodes = Reflector(
            client, fieldSelector: onlyOwn ? "metadata.name=\(node)" : "",
            health: nodeHealth, log: log, backoff: backoff)
        replicaSets = Reflector(client, health: replicaSetHealth, log: log, backoff: backoff)
        jobs = Reflector(client, health: jobHealth, log: log, backoff: backoff)
        namespaces = Reflector(client, health: namespaceHealth, log: log, backoff: backoff)
    }

    /// One for each kind that is followed.
    package var health: [ReflectorHealth] {
        namesHealth + [namespaceHealth] + (policies == nil ? [] : [policyHealth])
            + (endpointSlices == nil ? [] : [endpointSliceHealth])
    }

    /// What addresses and endpoints have their names from.
    private var namesHealth: [ReflectorHealth] {
        [podHealth, serviceHealth, nodeHealth, replicaSetHealth, jobHealth]
    }

    /// What is missing of the cluster, and what is lost by it.
    package var capabilities: [Capability] {
        var all = [Self.capability("Kubernetes", needs: namesHealth, without: "not all have names")]
        if policies != nil {
            all.append(
                Self.capability(
                    "network policies", needs: [policyHealth, namespaceHealth],
                    without: "not every drop's policies are known"))
        }
        if endpointSlices != nil {
            all.append(
                Self.capability(
                    "service endpoints", needs: [endpointSliceHealth],
                    without: "what goes straight to a service's endpoints is not the service's"))
        }
        return all
    }

    private static func capability(
        _ name: String, needs health: [ReflectorHealth], without: String
    ) -> Capability {
        let waiting = health.filter { !$0.state.isComplete }.map(\.resource)
        return Capability(
            name,
            missing: waiting.isEmpty
                ? nil : "list and watch of \(waiting.joined(separator: ", ")); \(without)")
    }

    package var collector: ClusterCollector {
        ClusterCollector(health: health, cluster: naming.cluster) {
            [directory = naming.directory] in directory.sizes
        }
    }

    /// Until cancelled, for as long as the server may be away.
    package func run() async {
        let directory = naming.directory
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await services.run { directory.apply(services: $0) } }
            group.addTask { await nodes.run { directory.apply(nodes: $0) } }
            group.addTask { await replicaSets.run { directory.apply(replicaSets: $0) } }
            group.addTask { await jobs.run { directory.apply(jobs: $0) } }
            group.addTask { await namespaces.run { directory.apply(namespaces: $0) } }
            if let endpointSlices {
                group.addTask { await endpointSlices.run { directory.apply(endpointSlices: $0) } }
            }
            if let policies {
                group.addTask { await policies.run { directory.apply(policies: $0) } }
            }
            if let index = naming.services {
                group.addTask {
                    await settled(
                        [serviceHealth] + (endpointSlices == nil ? [] : [endpointSliceHealth]))
                    index.expect(.nearOthers)
                }
            }
            group.addTask {
                await othersAreKnown()
                await pods.run { directory.apply(pods: $0) }
            }
            await group.waitForAll()
        }
    }

    /// What says how metrics are written, from the cluster's own objects; to be run beside this.
    package func contextsFollower(_ contexts: MetricContexts) -> ContextsFollower {
        ContextsFollower(
            client, contexts, log: log, backoff: backoff,
            spread: { [naming, onlyOwn] in
                // Others have the same news at the same time; who comes first writes for all.
                onlyOwn
                    ? .seconds(30)
                    : min(.seconds(30), .milliseconds(30) * naming.directory.nodeCount)
            })
    }

    /// Once, when it will not run again.
    package func shutdown() async {
        await client.shutdown()
    }

    /// A pod keeps the workload and the zone it was named with, so these come first; and with the pods everybody is
    /// known who has an address. Where the server does not give them, pods go on without; a server that is away is
    /// waited for, since it has no pods either.
    private func othersAreKnown() async {
        await settled([nodeHealth, serviceHealth, replicaSetHealth, jobHealth])
    }

    private func settled(_ kinds: [ReflectorHealth]) async {
        for health in kinds {
            while !health.isSettled {
                if (try? await Task.sleep(for: .milliseconds(20))) == nil { return }
            }
        }
    }
}
