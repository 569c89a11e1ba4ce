import Hummingbird
import Kubernetes
package import Logging
import MetricSchema
import NIOCore
import NIOPosix
import Observability
import ServiceLifecycle
import Synchronization

#if os(Linux)
    import LinuxBackend
#endif

/// The process: a backend, its collectors, and the endpoints they are scraped at.
package struct FoveaAgent: Sendable {
    private let configuration: Configuration
    private let log: Logger

    package init(_ configuration: Configuration, log: Logger) {
        self.configuration = configuration
        self.log = log
    }

    /// Runs until SIGTERM or SIGINT. `live` draws what is going on to the terminal as well.
    package func run(live: Bool = false) async throws {
        #if os(Linux)
            let lock = try AgentLock(folder: configuration.stateFolder, log: log)
            defer { lock?.release() }
            let cluster = try ClusterFollower.configured(configuration.kubernetes, log: log)
            let result: Result<Void, any Error>
            do {
                let backend = try LiveLinuxBackend(
                    configuration.linux, naming: cluster?.naming, log: log)
                log.report(backend.capabilities)
                try await backend.prepare()
                try await serve(cluster.map { ClusterBackend(backend, $0) } ?? backend, live: live)
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await cluster?.shutdown()
            try result.get()
        #else
            throw AgentError("no backend for this system yet")
        #endif
    }

    private func serve(_ backend: any Backend, live: Bool) async throws {
        let scrape = Scrape(backend.collectors)
        let isReady = SharedFlag()
        let endpoints = Endpoints(
            scrape: scrape, deadline: .seconds(configuration.scrapeTimeout), backend: backend,
            budget: SeriesBudget(limit: configuration.seriesLimit), isReady: { isReady.value },
            health: CollectorHealth(log: log), log: log)
        let application = Application(
            router: endpoints.router(),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.serverAddress, port: configuration.serverPort),
                serverName: "fovea"),
            onServerRunning: { _ in isReady.set() },
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)),
            logger: log)
        var services: [any Service] = [BackendService(backend: backend), application]
        if live {
            services.append(
                LiveTable(
                    scrape: scrape, address: configuration.serverAddress,
                    port: configuration.serverPort))
        }
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
        group.maximumGracefulShutdownDuration = .seconds(5)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw AgentError(
                "\(configuration.serverAddress):\(configuration.serverPort) is in use; set server.port"
            )
        }
    }
}

/// Runs a backend until the process is told to stop.
private struct BackendService: Service {
    let backend: any Backend

    func run() async throws {
        await cancelWhenGracefulShutdown { await backend.run() }
    }
}

/// Set once, read from anywhere.
private final class SharedFlag: Sendable {
    private let flag = Mutex(false)
    var value: Bool { flag.withLock { $0 } }
    func set() { flag.withLock { $0 = true } }
}

extension Logger {
    /// One line for what the system does not offer, with what is absent for it.
    fileprivate func report(_ capabilities: [Capability]) {
        for capability in capabilities {
            guard let missing = capability.missing else { continue }
            var metadata: Metadata = ["capability": "\(capability.name)", "needs": "\(missing)"]
            if !capability.absentMetrics.isEmpty {
                metadata["absent"] = "\(capability.absentMetrics.joined(separator: " "))"
            }
            warning("not available here", metadata: metadata)
        }
    }
}
