/// A kind of object in the cluster, by the plural of the API.
package struct ResourceName: OpenLabel, Hashable {
    package static var name: String { "resource" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// A cluster, by the name that the configuration gives it.
package struct ClusterName: OpenLabel, Hashable {
    package static var name: String { "cluster" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// Where a sender is.
package struct SourceZone: OpenLabel, Hashable {
    package static var name: String { "source_zone" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

/// Where a receiver is.
package struct DestinationZone: OpenLabel, Hashable {
    package static var name: String { "destination_zone" }
    package let value: String
    package init(_ value: String) { self.value = value }
}

// MARK: What is known of the cluster

extension Catalog {
    package static let clusterInfo = Metric(
        "fovea_kubernetes_cluster_info", .gauge, labels: ClusterName.self,
        help: "1, with what kubernetes.cluster-name calls the cluster; absent without.")
    package static let clusterSynced = Metric(
        "fovea_kubernetes_synced", .gauge, labels: ResourceName.self,
        help: "1 once all objects of the kind have been seen; pods are not named before.")
    package static let clusterAge = Metric(
        "fovea_kubernetes_knowledge_age_seconds", .gauge, .seconds,
        labels: ResourceName.self,
        help:
            "Time since the API server last said anything of the kind; at rest it does so about once a minute."
    )
    package static let clusterObjects = Metric(
        "fovea_kubernetes_objects", .gauge, labels: ResourceName.self,
        help: "Objects of the kind that are known.")
    package static let clusterLists = Metric(
        "fovea_kubernetes_lists_total", .counter, labels: ResourceName.self,
        help:
            "Times that all objects of the kind were read: once, and whenever the thread was lost.")
    package static let clusterFailures = Metric(
        "fovea_kubernetes_failures_total", .counter, labels: ResourceName.self,
        help: "Times that the kind could not be followed any further, for the time being.")
    package static let clusterMalformed = Metric(
        "fovea_kubernetes_malformed_objects_total", .counter, labels: ResourceName.self,
        help: "Objects of the kind that could not be read, and are left out.")

    package static let zoneBytes = Metric(
        "fovea_zone_forward_bytes_total", .counter, .bytes, labels: SourceZone.self,
        DestinationZone.self, Direction.self, budget: 1_000,
        help:
            "Bytes between zones, as this node's endpoints sent (egress) and received them; only where the peer's zone is known: a pod's, a node's or a service's endpoint's."
    )

    package static let cluster: [MetricDescriptor] = [
        clusterInfo.descriptor, clusterSynced.descriptor, clusterAge.descriptor,
        clusterObjects.descriptor,
        zoneBytes.descriptor, clusterLists.descriptor, clusterFailures.descriptor,
        clusterMalformed.descriptor,
    ]
}
