package import MetricSchema
package import Observability

/// How well the cluster is known, and how old that knowledge is.
package struct ClusterCollector: Collector {
    package let name = CollectorName("kubernetes")
    private let health: [ReflectorHealth]
    private let cluster: String
    private let sizes: @Sendable () -> [String: Int]
    private let now: @Sendable () -> ContinuousClock.Instant

    /// `cluster` is what the cluster is called, if anything. `sizes` gives how many objects are known, by resource.
    package init(
        health: [ReflectorHealth], cluster: String = "",
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        sizes: @escaping @Sendable () -> [String: Int]
    ) {
        self.health = health
        self.cluster = cluster
        self.sizes = sizes
        self.now = now
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let sizes = sizes()
        if !cluster.isEmpty {
            samples.add(1 as UInt64, to: Catalog.clusterInfo, ClusterName(cluster))
        }
        for one in health {
            let state = one.state
            let resource = ResourceName(one.resource)
            samples.add(state.isComplete ? 1 : 0 as UInt64, to: Catalog.clusterSynced, resource)
            if let heard = state.lastHeard {
                samples.add((now() - heard).seconds, to: Catalog.clusterAge, resource)
            }
            samples.add(UInt64(sizes[one.resource] ?? 0), to: Catalog.clusterObjects, resource)
            samples.add(state.relists, to: Catalog.clusterLists, resource)
            samples.add(state.failures, to: Catalog.clusterFailures, resource)
            samples.add(state.malformed, to: Catalog.clusterMalformed, resource)
        }
    }
}
