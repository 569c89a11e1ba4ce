package import Logging
package import MetricSchema
import Observability
package import WindowsBackend

#if os(Linux)
    package import LinuxBackend
#endif

/// Everything the agent can be told. Defaults here; then the file, the environment and the command line, each
/// over the one before.
package struct Configuration: Sendable {
    package static let version = Release.version

    package var serverAddress = "0.0.0.0"
    package var serverPort = 10_093
    package var logLevel = Logger.Level.info
    package var scrapeTimeout = 10
    package var seriesLimit = 100_000
    package var access = ServerAccess()
    package var stateFolder = "/run/fovea"
    package var compatibility: [Compatibility] = []
    package var retinaContext = RetinaContext.local
    /// A MetricsConfiguration; empty for the cluster's.
    package var metricsFile = ""
    package var kubernetes = KubernetesSettings()
    /// For Windows nodes, here or recorded.
    package var windows = WindowsSettings()
    #if os(Linux)
        package var linux = LinuxSettings()
    #endif

    package init() {}

    #if os(Linux)
        /// With the cluster's API server watched where none is named.
        func linux(of cluster: ServerAddress?) -> LinuxSettings {
            var settings = linux
            if let cluster, settings.apiServers.isEmpty { settings.apiServers = [cluster] }
            return settings
        }
    #endif
}
