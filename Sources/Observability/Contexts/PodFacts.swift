package import MetricSchema

/// What a cluster knows of a pod beside its name and workload.
package struct PodFacts: Sendable, Equatable {
    package var address: IPAddress?
    package var node = ""
    package var zone = ""
    package var labels: [String: String] = [:]
    /// What its annotation says, or else its namespace's; nil where neither does.
    package var isObserved: Bool?

    package init() {}
}

/// Who knows pods: a cluster.
package protocol PodFactsSource: Sendable {
    /// Nil while the pod is not known, and when it is gone.
    func facts(of pod: PodName) -> PodFacts?
    func zone(ofNode name: String) -> String
    /// This node's name.
    var node: String { get }
    /// The cluster's name; empty where it has none.
    var cluster: String { get }
    /// Another number when what was told may have changed, other than by pods that come and go.
    var factsGeneration: UInt64 { get }
}
