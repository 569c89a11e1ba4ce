/// A pod by its namespace and name.
package struct PodName: Hashable, Sendable {
    package let namespace: String
    package let pod: String

    package init(namespace: String, pod: String) {
        self.namespace = namespace
        self.pod = pod
    }
}

/// What Retina's labels say that our series do not: addresses of pods, and the node's name.
package struct RetinaNames: Sendable {
    /// What Retina writes for a label whose value is not known.
    package static let unknown = "unknown"

    package let node: String
    private let lookUp: @Sendable (PodName) -> String?
    private let earlier: [PodName: String]
    /// Those that were asked for. Given to the next scrape's as `earlier`: a pod that is gone keeps its address for as
    /// long as it has series.
    package private(set) var addresses: [PodName: String] = [:]

    package init(
        node: String, earlier: [PodName: String] = [:],
        address: @escaping @Sendable (PodName) -> String? = { _ in nil }
    ) {
        self.node = node
        self.earlier = earlier
        lookUp = address
    }

    mutating func address(of pod: PodName) -> String {
        if let known = addresses[pod] { return known }
        let found = lookUp(pod) ?? earlier[pod] ?? Self.unknown
        addresses[pod] = found
        return found
    }
}
