import Hummingbird
import HummingbirdCore
import Kubernetes
package import Logging
import MetricSchema
import NIOCore
import NIOPosix
import Observability
import ServiceLifecycle
import Synchronization

/// The process: a backend, its collectors, and the endpoints they are scraped at.
package struct FoveaAgent: Sendable {
    private let configuration: Configuration
    private let recording: RecordingFolder?
    private let log: Logger

    /// `recording` is of a Windows node that is shown in place of this one.
    package init(
        _ configuration: Configuration, replaying recording: RecordingFolder? = nil, log: Logger
    ) {
        self.configuration = configuration
        self.recording = recording
        self.log = log
    }

    /// Runs until SIGTERM or SIGINT. `live` draws what is going on to the terminal as well.
    package func run(live: Bool = false) async throws {
        if let recording {
            let backend = recording.backend(configuration.windows, log: log)
            log.report(backend.capabilities)
            return try await serve(backend, MetricContexts(), live: live)
        }
        let cluster = try ClusterFollower.configured(
            LiveNode.wanted(of: configuration.kubernetes), log: log)
        let result: Result<Void, any Error>
        do {
            result = .success(try await serveNode(cluster, live: live))
        } catch {
            result = .failure(error)
        }
        await cluster?.shutdown()
        try result.get()
    }

    private func serveNode(_ cluster: ClusterFollower?, live: Bool) async throws {
        let contexts = MetricContexts(facts: cluster?.naming)
        let node = try LiveNode(
            configuration, naming: cluster?.naming, server: cluster?.server, contexts: contexts,
            log: log)
        defer { node.release() }
        log.report(node.backend.capabilities)
        try await node.prepare()
        let backend: any Backend =
            cluster.map {
                ClusterBackend(
                    node.backend, $0,
                    contexts: configuration.metricsFile.isEmpty
                        ? $0.contextsFollower(contexts) : nil)
            } ?? node.backend
        try await serve(backend, contexts, live: live)
    }

    static func server(_ access: ServerAccess) throws -> HTTPServerBuilder {
        if let problem = access.problem { throw AgentError(problem) }
        guard let tls = try ServerTLS(access) else { return .http1() }
        return HTTPServerBuilder { responder in
            TLSServerChannel(http: HTTP1Channel(responder: responder), tls: tls)
        }
    }

    private func serve(
        _ backend: any Backend, _ contexts: MetricContexts, live: Bool
    ) async throws {
        let file = configuration.metricsFile.isEmpty ? nil : MetricsFile(configuration.metricsFile)
        if let file { contexts.use(try file.read().configuration) }
        let scrape = Scrape(backend.collectors)
        let isReady = SharedFlag()
        let reviewer = try configuration.tokenReviewer()
        let endpoints = Endpoints(
            scrape: scrape, deadline: .seconds(configuration.scrapeTimeout), backend: backend,
            contexts: contexts,
            budget: SeriesBudget(
                limit: configuration.seriesLimit,
                translation: configuration.translation(of: backend)
            ), access: configuration.access, reviewer: reviewer,
            isReady: { isReady.value },
            health: CollectorHealth(log: log), log: log)
        let application = Application(
            router: endpoints.router(), server: try Self.server(configuration.access),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.serverAddress, port: configuration.serverPort),
                serverName: "fovea"),
            onServerRunning: { _ in isReady.set() },
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: 1)),
            logger: log)
        var services: [any Service] = [BackendService(backend: backend), application]
        if let file {
            services.append(MetricsFileFollower(file: file, contexts: contexts, log: log))
        }
        if live {
            services.append(
                LiveTable(
                    scrape: scrape, address: configuration.serverAddress,
                    port: configuration.serverPort))
        }
        var group = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
        group.maximumGracefulShutdownDuration = .seconds(5)
        let result: Result<Void, any Error>
        do {
            try await ServiceGroup(configuration: group).run()
            result = .success(())
        } catch let error as IOError where error.errnoCode == ErrorNumber.addressInUse {
            result = .failure(
                AgentError(
                    "\(configuration.serverAddress):\(configuration.serverPort) is in use; set server.port"
                ))
        } catch {
            result = .failure(error)
        }
        await reviewer?.shutdown()
        try result.get()
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
