package import MetricSchema
package import Observability

extension ClusterNaming: PodFactsSource {
    package func facts(of pod: PodName) -> PodFacts? { directory.facts(of: pod) }

    package func zone(ofNode name: String) -> String { directory.zone(ofNode: name) }

    package var factsGeneration: UInt64 { directory.factsGeneration }
}

/// What contexts have to know of the cluster's objects.
enum Observe {
    /// On pods and on namespaces.
    static let annotation = "fovea.network/observe"

    /// Nil where nothing is said, or something else.
    static func wish(in annotations: [String: String]) -> Bool? {
        switch annotations[annotation] {
        case "true": true
        case "false": false
        default: nil
        }
    }
}
