import AsyncHTTPClient
import Kubernetes
import NIOCore
import Synchronization
import TestAPIServer
import Testing

@testable import Agent

/// Bearer tokens that an API server is asked about, from a client's request to its answer.
@Suite(.timeLimit(.minutes(2)))
struct TokenReviewTests {
    private static let tokenPath = "/apis/authentication.k8s.io/v1/tokenreviews"
    private static let accessPath = "/apis/authorization.k8s.io/v1/subjectaccessreviews"

    @Test("who may is let in, who may not is forbidden, and nobody's token is unauthorized")
    func verdicts() async throws {
        try await serving { url, server, _ in
            try await expect(200, url, "/metrics", "prometheus")
            try await expect(403, url, "/metrics", "visitor")
            try await expect(401, url, "/metrics", "nobody")
            try await expect(401, url, "/metrics", nil)
            try await expect(200, url, "/healthz", nil)
            try await expect(200, url, "/readyz", "nobody")
            let asked = await server.reviewed
            #expect(asked.first?.path == Self.tokenPath)
            #expect(asked.filter { $0.path == Self.tokenPath }.count == 3)
            let access = asked.filter { $0.path == Self.accessPath }.map(\.body)
            #expect(access.count == 2)
            for part in [
                #""user":"prometheus""#, #""verb":"get""#, #""groups":["scrapers"]"#, "metrics",
            ] { #expect(access[0].contains(part), "\(part)") }
        }
    }

    @Test("a verdict is kept for a minute, a refusal for ten seconds, and none for longer")
    func keeps() async throws {
        try await serving { url, server, clock in
            for _ in 0..<3 { try await expect(200, url, "/metrics", "prometheus") }
            for _ in 0..<3 { try await expect(401, url, "/metrics", "nobody") }
            #expect(await server.reviewed.count == 3)
            clock.advance(by: .seconds(11))
            try await expect(200, url, "/metrics", "prometheus")
            try await expect(401, url, "/metrics", "nobody")
            #expect(await server.reviewed.count == 4)
            await server.forget(user: "prometheus")
            try await expect(200, url, "/metrics", "prometheus")
            clock.advance(by: .seconds(50))
            try await expect(401, url, "/metrics", "prometheus")
        }
    }

    @Test("where the server does not answer, nobody is let in, and it is not kept")
    func closed() async throws {
        try await serving { url, server, _ in
            await server.set { $0.troubled[Self.tokenPath] = 500 }
            try await expect(503, url, "/metrics", "prometheus")
            await server.set { $0.troubled[Self.tokenPath] = nil }
            await server.set { $0.troubled[Self.accessPath] = 403 }
            try await expect(503, url, "/metrics", "prometheus")
            await server.set { $0.troubled[Self.accessPath] = nil }
            try await expect(200, url, "/metrics", "prometheus")
            let text = try await get(url, "/metrics", "prometheus").text
            #expect(text.contains(#"fovea_agent_token_reviews_total{verdict="unavailable"} 2"#))
            #expect(text.contains(#"fovea_agent_token_reviews_total{verdict="allowed"} 1"#))
        }
    }

    @Test("any number of tokens leaves a bounded memory, and who may is not driven out of it")
    func bounded() async throws {
        try await serving { url, server, _ in
            try await expect(200, url, "/metrics", "prometheus")
            for number in 0..<300 { try await expect(401, url, "/metrics", "guess\(number)") }
            let before = await server.reviewed.count
            try await expect(200, url, "/metrics", "prometheus")
            #expect(await server.reviewed.count == before)
        }
    }

    @Test("with a file of tokens either lets in, and the server is asked about others only")
    func both() async throws {
        let folder = try Folder()
        let file = try folder.write("tokens", "own\n")
        try await serving(tokens: file) { url, server, _ in
            try await expect(200, url, "/metrics", "own")
            #expect(await server.reviewed.isEmpty)
            try await expect(200, url, "/metrics", "prometheus")
            try await expect(401, url, "/metrics", "nobody")
        }
    }

    @Test("to be asked about tokens there must be a way to a cluster")
    func noCluster() throws {
        var configuration = Configuration()
        configuration.access.reviewsTokens = true
        configuration.kubernetes.enabled = .off
        #expect(throws: AgentError.self) { try configuration.tokenReviewer(environment: [:]) }
        configuration.access.reviewsTokens = false
        #expect(try configuration.tokenReviewer(environment: [:]) == nil)
    }

    // MARK: Pieces

    private func serving(
        tokens: String = "",
        _ body: (String, FakeAPIServer, Clock) async throws -> Void
    ) async throws {
        let server = FakeAPIServer()
        await server.know(user: "prometheus", mayGet: ["/metrics"])
        await server.know(user: "visitor", mayGet: [])
        let clock = Clock()
        try await server.serve { address in
            let client = try APIClient(
                ClusterAccess(server: address), userAgent: "test", silence: .seconds(20))
            let reviewer = TokenReviewer(client) { clock.now }
            var endpoints = ServedAgent(FixedBackend()).endpoints
            endpoints.access.tokens = tokens
            endpoints.access.reviewsTokens = true
            endpoints.reviewer = reviewer
            let result: Result<Void, any Error>
            do {
                try await TestServer.serve(endpoints.router()) { port in
                    try await body("http://127.0.0.1:\(port)", server, clock)
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await reviewer.shutdown()
            try result.get()
        }
    }

    private final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func advance(by step: Duration) { time.withLock { $0 += step } }
    }

    private func get(
        _ url: String, _ path: String, _ token: String?
    ) async throws -> (status: UInt, text: String) {
        var request = HTTPClientRequest(url: url + path)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 1 << 20)
        return (response.status.code, String(buffer: body))
    }

    private func expect(
        _ code: UInt, _ url: String, _ path: String, _ token: String?,
        at place: SourceLocation = #_sourceLocation
    ) async throws {
        let got = try await get(url, path, token).status
        #expect(got == code, sourceLocation: place)
    }
}
