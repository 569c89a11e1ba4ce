import AsyncHTTPClient
import Foundation
import NIOSSL
import TestAPIServer
import Testing

@testable import Agent

/// Who gets in, over real connections.
@Suite(.timeLimit(.minutes(2)))
struct AccessTests {
    @Test("without a setting everybody gets in, without TLS")
    func open() async throws {
        try await serving(ServerAccess()) { url in
            try await expect(200, url + "/metrics", .plain)
        }
    }

    @Test(
        "a token of the file lets in, and one that was taken out of it does not; health checks need none"
    )
    func tokens() async throws {
        let folder = try Folder()
        var access = ServerAccess()
        access.tokens = try folder.write("tokens", "first\n second \n\n")
        try await serving(access) { url in
            for path in ["/metrics", "/drops/flows", "/", "/nowhere"] {
                try await expect(401, url + path, .plain)
                try await expect(401, url + path, .plain, token: "third")
                try await expect(401, url + path, .plain, token: "")
            }
            for path in ["/healthz", "/readyz"] {
                try await expect(200, url + path, .plain)
            }
            try await expect(200, url + "/metrics", .plain, token: "first")
            try await expect(200, url + "/metrics", .plain, token: "second")
            _ = try folder.write("tokens", "third\n")
            try await expect(401, url + "/metrics", .plain, token: "first")
            try await expect(200, url + "/metrics", .plain, token: "third")
            try folder.remove("tokens")
            try await expect(401, url + "/metrics", .plain, token: "third")
        }
    }

    @Test("a certificate that was rotated is shown to the next connection, and a bad one to none")
    func rotation() async throws {
        let folder = try Folder()
        let access = try tls(folder, "one")
        try await serving(access) { url in
            try await expect(200, url + "/metrics", .trusting("one"))
            try await refuses(url + "/metrics", .trusting("two"))
            _ = try tls(folder, "two")
            try await expect(200, url + "/metrics", .trusting("two"))
            try await refuses(url + "/metrics", .trusting("one"))
            _ = try folder.write("tls.crt", "torn")
            try await expect(200, url + "/metrics", .trusting("two"))
        }
    }

    @Test(
        "where clients have to show a certificate, health checks need none, and another's does not do"
    )
    func clients() async throws {
        let folder = try Folder()
        var access = try tls(folder, "one")
        access.clientAuthority = path("clients.crt")
        try await serving(access) { url in
            try await expect(200, url + "/metrics", .trusting("one", as: "client"))
            try await expect(403, url + "/metrics", .trusting("one"))
            try await expect(200, url + "/healthz", .trusting("one"))
            try await refuses(url + "/metrics", .trusting("one", as: "two"))
        }
    }

    @Test(
        "when the clients' authority is rotated, its old clients are refused and its new ones let in"
    )
    func clientRotation() async throws {
        let folder = try Folder()
        var access = try tls(folder, "one")
        let (old, new) = (try text("clients.crt"), try text("others.crt"))
        access.clientAuthority = try folder.write("clients.crt", old)
        try await serving(access) { url in
            try await expect(200, url + "/metrics", .trusting("one", as: "client"))
            try await refuses(url + "/metrics", .trusting("one", as: "other"))
            // Both, as a careful rotation begins.
            _ = try folder.write("clients.crt", old + new)
            try await expect(200, url + "/metrics", .trusting("one", as: "client"))
            try await expect(200, url + "/metrics", .trusting("one", as: "other"))
            _ = try folder.write("clients.crt", new)
            try await refuses(url + "/metrics", .trusting("one", as: "client"))
            try await expect(200, url + "/metrics", .trusting("one", as: "other"))
            try await expect(403, url + "/metrics", .trusting("one"))
            _ = try folder.write("clients.crt", "torn")
            try await refuses(url + "/metrics", .trusting("one", as: "client"))
            try await expect(200, url + "/metrics", .trusting("one", as: "other"))
        }
    }

    @Test(
        "parts that do not fit together, and files that hold something else, are errors at the start"
    )
    func mistakes() throws {
        let folder = try Folder()
        var access = ServerAccess()
        access.key = path("one.key")
        #expect(throws: AgentError.self) { try FoveaAgent.server(access) }
        access.certificate = try folder.write("tls.crt", "nothing")
        #expect(throws: AgentError.self) { try FoveaAgent.server(access) }
        access.certificate = path("one.crt")
        access.key = path("one.crt")
        #expect(throws: AgentError.self) { try FoveaAgent.server(access) }
        access.key = path("one.key")
        access.clientAuthority = "/nowhere"
        #expect(throws: AgentError.self) { try FoveaAgent.server(access) }
        var lone = ServerAccess()
        lone.clientAuthority = path("clients.crt")
        #expect(throws: AgentError.self) { try FoveaAgent.server(lone) }
    }

    // MARK: Pieces

    private let made: Certificates

    init() throws {
        made = try Certificates()
    }

    private enum Client {
        case plain
        /// Takes the named server for what it says, and shows a certificate of its own where it has one.
        case trusting(String, as: String? = nil)
    }

    private func path(_ name: String) -> String { made.path(name) }

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }

    private func tls(_ folder: Folder, _ name: String) throws -> ServerAccess {
        var access = ServerAccess()
        access.key = try folder.write(
            "tls.key", text("\(name).key"))
        access.certificate = try folder.write(
            "tls.crt", text("\(name).crt"))
        return access
    }

    private func status(
        _ url: String, _ client: Client, token: String? = nil
    ) async throws -> UInt {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        if case .trusting(let server, let own) = client {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(path("\(server).crt"))
            if let own {
                tls.certificateChain = try NIOSSLCertificate.fromPEMFile(
                    path("\(own).crt")
                ).map { .certificate($0) }
                tls.privateKey = .privateKey(
                    try NIOSSLPrivateKey(file: path("\(own).key"), format: .pem))
            }
            configuration.tlsConfiguration = tls
        }
        // One for each request, since a connection that is kept was let in before.
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        var request = HTTPClientRequest(url: url)
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let result: Result<UInt, any Error>
        do {
            let response = try await http.execute(request, timeout: .seconds(30))
            _ = try await response.body.collect(upTo: 1 << 20)
            result = .success(response.status.code)
        } catch {
            result = .failure(error)
        }
        try await http.shutdown()
        return try result.get()
    }

    private func expect(
        _ code: UInt, _ url: String, _ client: Client, token: String? = nil,
        at place: SourceLocation = #_sourceLocation
    ) async throws {
        let got = try await status(url, client, token: token)
        #expect(got == code, sourceLocation: place)
    }

    /// There is no connection.
    private func refuses(
        _ url: String, _ client: Client, at place: SourceLocation = #_sourceLocation
    ) async throws {
        await #expect(throws: (any Error).self, sourceLocation: place) {
            try await status(url, client)
        }
    }

    private func serving(
        _ access: ServerAccess, _ body: (String) async throws -> Void
    ) async throws {
        var endpoints = ServedAgent(FixedBackend()).endpoints
        endpoints.access = access
        let scheme = access.certificate.isEmpty ? "http" : "https"
        try await TestServer.serve(endpoints.router(), FoveaAgent.server(access)) {
            try await body("\(scheme)://127.0.0.1:\($0)")
        }
    }
}
