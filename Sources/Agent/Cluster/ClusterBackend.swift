package import Kubernetes
package import MetricSchema
package import Observability

/// A backend whose endpoints a cluster names. The cluster may come, go and never come; the backend counts.
package struct ClusterBackend: Backend {
    private let base: any Backend
    private let cluster: ClusterFollower
    private let contexts: ContextsFollower?

    /// `contexts` are the cluster's word on how metrics are written; nil where a file has it.
    package init(
        _ base: any Backend, _ cluster: ClusterFollower, contexts: ContextsFollower? = nil
    ) {
        self.contexts = contexts
        self.base = base
        self.cluster = cluster
    }

    package var system: System { base.system }

    package var capabilities: [Capability] { base.capabilities + cluster.capabilities }

    package var podAddresses: [PodName: IPAddress] { base.podAddresses }

    package var recentFlows: RecentFlows? { base.recentFlows }

    package var collectors: [any Collector] { base.collectors + [cluster.collector] }

    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await base.run() }
            group.addTask { await cluster.run() }
            if let contexts { group.addTask { await contexts.run() } }
            await group.waitForAll()
        }
    }
}
