import Foundation
package import Kubernetes
package import Logging

extension ClusterFollower {
    /// The cluster that the configuration leads to; nil where it leads to none, and may.
    package static func configured(
        _ settings: KubernetesSettings,
        environment: [String: String] = ProcessInfo.processInfo.environment, log: Logger
    ) throws(AgentError) -> ClusterFollower? {
        if settings.enabled == .off { return nil }
        do throws(ClusterAccessError) {
            if let access = try access(settings, environment) {
                let node = settings.node.isEmpty ? ProcessInfo.processInfo.hostName : settings.node
                log.info(
                    "following the cluster",
                    metadata: ["server": "\(access.server)", "node": "\(node)"])
                return ClusterFollower(
                    try APIClient(access, userAgent: "fovea/\(Configuration.version)"),
                    node: node, cluster: settings.clusterName, onlyOwn: settings.pods == .node,
                    policies: settings.policies,
                    services: settings.servicesFollowed,
                    log: log)
            }
        } catch {
            // A service account is there or not without anybody asking for it.
            if settings.enabled == .auto, settings.kubeconfig.isEmpty {
                log.warning("no way to the cluster", metadata: ["error": "\(error)"])
                return nil
            }
            throw AgentError("no way to the cluster: \(error)")
        }
        if settings.enabled == .auto { return nil }
        throw AgentError(
            "kubernetes.enabled is on, but there is neither a service account nor kubernetes.kubeconfig"
        )
    }

    /// The access that the agent would have; nil where it would ask nobody.
    package static func access(
        of settings: KubernetesSettings,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ClusterAccessError) -> ClusterAccess? {
        settings.enabled == .off ? nil : try access(settings, environment)
    }

    private static func access(
        _ settings: KubernetesSettings, _ environment: [String: String]
    ) throws(ClusterAccessError) -> ClusterAccess? {
        let proxies = ProxyEnvironment(environment)
        if settings.kubeconfig.isEmpty {
            return try ClusterAccess.inCluster(environment: environment)?.through(proxies)
        }
        return try Kubeconfig(file: settings.kubeconfig).access().through(proxies)
    }
}

extension KubernetesSettings {
    fileprivate var servicesFollowed: ClusterFollower.Services {
        if !services { return .none }
        return endpointSlices ? .withEndpoints : .withoutEndpoints
    }
}
