import Logging
import Observability
import WindowsBackend

#if os(Linux)
    import LinuxBackend
#endif

/// The node that the agent runs on. The one place that chooses by operating system.
struct LiveNode: Sendable {
    #if os(Linux)
        private let lock: AgentLock?
        private let linux: LiveLinuxBackend
        var backend: any Backend { linux }
    #else
        let backend: any Backend
    #endif

    /// `naming` is a cluster's, and `server` its API server.
    init(
        _ configuration: Configuration, naming: (any EndpointNaming)?, server: ServerAddress?,
        contexts: MetricContexts, log: Logger
    ) throws {
        #if os(Linux)
            lock = try AgentLock(folder: configuration.stateFolder, log: log)
            linux = try LiveLinuxBackend(
                configuration.linux(of: server), naming: naming, contexts: contexts, log: log)
        #elseif os(Windows)
            backend = WindowsBackend(
                .live, settings: configuration.windows, naming: naming, log: log)
        #else
            throw AgentError("no backend for this system; a recorded node can be replayed")
        #endif
    }

    /// What of the cluster this node has use for. Windows has no flows here, and so no peers, services or policies to
    /// follow: its own pods name its endpoints.
    static func wanted(of cluster: KubernetesSettings) -> KubernetesSettings {
        #if os(Windows)
            var own = cluster
            own.pods = .node
            own.services = false
            own.endpointSlices = false
            own.policies = false
            return own
        #else
            return cluster
        #endif
    }

    /// What has to be there before the agent says that it is ready.
    func prepare() async throws {
        #if os(Linux)
            try await linux.prepare()
        #endif
    }

    /// Lets another agent have this node.
    func release() {
        #if os(Linux)
            lock?.release()
        #endif
    }
}
