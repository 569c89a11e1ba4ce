package import Hummingbird
package import HummingbirdCore
import Logging
import ServiceLifecycle

/// A router that answers for as long as a test needs it.
package enum TestServer {
    /// Serves on a port of loopback, any where none is given, while `body` runs, which is told the port. `ending` is
    /// called before the server stops, and lets go of answers that have no end of their own.
    package static func serve<Builder: HTTPResponderBuilder>(
        _ router: Builder, _ server: HTTPServerBuilder = .http1(), port wanted: Int = 0,
        ending: () async -> Void = {}, _ body: (Int) async throws -> Void
    ) async throws
    where Builder.Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        var quiet = Logger(label: "test server")
        quiet.logLevel = .critical
        let application = Application(
            router: router, server: server,
            configuration: .init(address: .hostname("127.0.0.1", port: wanted)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: quiet)
        let services = ServiceGroup(
            configuration: .init(
                services: [application], gracefulShutdownSignals: [], logger: quiet))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            let result: Result<Void, any Error>
            do {
                for await port in ports {
                    try await body(port)
                    break
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await ending()
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            try result.get()
        }
    }
}
