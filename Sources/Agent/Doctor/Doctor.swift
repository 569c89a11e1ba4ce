import Kubernetes
package import Logging

/// Looks at a node as the agent would find it, and attaches nothing to an interface.
package struct Doctor: Sendable {
    private let configuration: Configuration
    private let log: Logger

    package init(_ configuration: Configuration, log: Logger) {
        self.configuration = configuration
        self.log = log
    }

    package func diagnosis() async -> Diagnosis {
        Diagnosis(await Finding.ofThisNode(configuration, log: log) + cluster())
    }

    private func cluster() async -> [Finding] {
        do {
            guard let access = try ClusterFollower.access(of: configuration.kubernetes) else {
                return [
                    .ok(
                        "API server",
                        "not configured: endpoints are called by their namespaces' names")
                ]
            }
            return await Finding.ofCluster(access)
        } catch {
            return [
                .fail(
                    "API server", "\(error)",
                    meaning: "Endpoints have their namespaces' names, and no pod is known.",
                    advice: "Look at kubernetes.kubeconfig or the pod's service account.")
            ]
        }
    }
}
