/// What the agent is told of the cluster it runs in.
package struct KubernetesSettings: Sendable, Equatable {
    package enum Wish: String, Sendable, CaseIterable {
        /// Where there is a way to a cluster: a service account or a kubeconfig.
        case auto
        case on, off
    }

    package enum Pods: String, Sendable, CaseIterable {
        /// Those of this node: peers elsewhere have no names.
        case node
        case cluster
    }

    package var enabled = Wish.auto
    /// A file; empty for the pod's own service account.
    package var kubeconfig = ""
    /// This node's name in the cluster; empty for the host's name.
    package var node = ""
    /// What the cluster is called; empty for nothing.
    package var clusterName = ""
    package var pods = Pods.cluster
    package var services = true
    /// Follow endpoint slices, so that what goes straight to a service's endpoints is the service's too.
    package var endpointSlices = true
    /// Follow network policies, and say of dropped packets which of them deny them.
    package var policies = true

    package init() {}
}
