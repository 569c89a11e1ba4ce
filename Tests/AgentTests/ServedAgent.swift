import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Observability

@testable import Agent

/// The agent's answers over a backend, without a socket.
struct ServedAgent {
    var endpoints: Endpoints

    init(
        _ backend: any Backend, deadline: Duration = .seconds(60),
        isReady: @escaping @Sendable () -> Bool = { true }, log: Logger = LogRecorder().log
    ) {
        endpoints = Endpoints(
            scrape: Scrape(backend.collectors), deadline: deadline, backend: backend,
            budget: SeriesBudget(limit: 1_000_000), isReady: isReady,
            health: CollectorHealth(log: log), log: log)
    }

    func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> TestResponse {
        try await Application(router: endpoints.router()).test(.router) { client in
            try await client.execute(uri: path, method: .get, headers: headers)
        }
    }
}

extension TestResponse {
    var bytes: [UInt8] { Array(body.readableBytesView) }
    var text: String { String(buffer: body) }
    var lines: [Substring] { text.split(separator: "\n") }
}
