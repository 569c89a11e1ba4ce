package import Kubernetes
package import MetricSchema
package import Observability

/// A backend whose endpoints a cluster names. The cluster may come, go and never come; the backend counts.
package struct ClusterBackend: Backend {
    private let base: any Backend
    private let cluster: ClusterFollower

    package init(_ base: any Backend, _ cluster: ClusterFollower) {
        self.base = base
        self.cluster = cluster
    }

    package var system: System { base.system }

    package var capabilities: [Capability] {
        let waiting = cluster.health.filter { !$0.state.isComplete }.map(\.resource)
        return base.capabilities + [
            Capability(
                "Kubernetes",
                missing: waiting.isEmpty
                    ? nil
                    : "list and watch of \(waiting.joined(separator: ", ")); not all have names")
        ]
    }

    package var collectors: [any Collector] { base.collectors + [cluster.collector] }

    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await base.run() }
            group.addTask { await cluster.run() }
            await group.waitForAll()
        }
    }
}
