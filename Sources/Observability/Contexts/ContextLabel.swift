/// What a series can say of one end: of a pod, or of whoever it talks to.
package enum ContextLabel: String, CaseIterable, Sendable {
    case namespace, pod
    /// Two labels: its kind and its name.
    case workload
    /// A pod's own address, or that of the packets.
    case ip
    /// Of the end that serves: that is the lower of the two.
    case port
    case service, node, zone
    /// Of whoever is in the cluster, where the configuration names it.
    case cluster
}

/// How one end is told from others. What is left out is added up.
package struct PartyLabels: Sendable, Equatable {
    package var labels: Set<ContextLabel>
    /// Names of labels that pods have in the cluster.
    package var podLabels: [String]

    package init(_ labels: Set<ContextLabel>, podLabels: [String] = []) {
        self.labels = labels
        self.podLabels = podLabels
    }

    /// What series say where nothing else is asked for.
    package static let standard = PartyLabels([.namespace, .pod, .workload])

    /// The label by which Prometheus knows a pod's label: `label_app_kubernetes_io_name`.
    package static func name(ofPodLabel label: String) -> String {
        "label_" + label.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
    }
}
