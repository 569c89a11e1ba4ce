package import Logging
import Kubernetes
import Observability

#if os(Linux)
    import LinuxBackend
#endif

/// Looks at a node as the agent would find it, and attaches nothing.
package struct Doctor: Sendable {
    private let configuration: Configuration
    private let log: Logger

    package init(_ configuration: Configuration, log: Logger) {
        self.configuration = configuration
        self.log = log
    }

    package func diagnosis() async -> Diagnosis {
        var findings: [Finding] = []
        #if os(Linux)
            findings += Finding.of(NodeFacts.live(configuration.linux))
            findings += loading()
            findings.append(anotherAgent())
        #else
            findings.append(
                .warn(
                    "node", "not looked at", meaning: "Only Linux nodes are looked at yet.",
                    advice: "The agent's page at / says what this system offers it."))
        #endif
        findings += await cluster()
        return Diagnosis(findings)
    }

    #if os(Linux)
        /// The agent's own checks: everything is loaded into the kernel as at its start, and let go again.
        private func loading() -> [Finding] {
            do {
                return try LiveLinuxBackend(configuration.linux, log: log).capabilities.map(
                    Finding.of)
            } catch {
                return [
                    .fail(
                        "agent's start", "\(error)", meaning: "The agent would not start.",
                        advice: "docs/troubleshooting.md.")
                ]
            }
        }

        private func anotherAgent() -> Finding {
            do {
                if let holder = try AgentLock.holder(folder: configuration.stateFolder) {
                    return .ok(
                        "another agent",
                        "process \(holder) counts on this node; a second one would not start")
                }
                return .ok("another agent", "none")
            } catch {
                return .warn(
                    "another agent", "\(error)", meaning: "A second agent could not be noticed.",
                    advice: "Let state-directory be readable.")
            }
        }
    #endif

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
