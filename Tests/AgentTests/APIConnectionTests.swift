import HTTPTypes
import Hummingbird
import Kubernetes
import NIOCore
import Synchronization
import TestAPIServer
import Testing

@testable import Agent

/// The API client's connections, over real ones: TLS both ways, compression and proxies.
@Suite(.timeLimit(.minutes(2)))
struct APIConnectionTests {
    private let made: Certificates

    init() throws {
        made = try Certificates()
    }

    @Test("a server is believed that the named authority vouches for, by its name, and no other")
    func verification() async throws {
        try await serving("one") { port in
            let server = "https://127.0.0.1:\(port)"
            try await expect(true, access(server, "one"))
            try await expect(false, access(server, "two"))
            try await expect(false, access(server, nil))
            var careless = access(server, nil)
            careless.isInsecure = true
            try await expect(true, careless)
        }
        try await serving("lab") { port in
            let server = "https://127.0.0.1:\(port)"
            try await expect(false, access(server, "lab"))
            var named = access(server, "lab")
            named.serverName = "api.lab"
            try await expect(true, named)
            named.serverName = "api.other"
            try await expect(false, named)
        }
    }

    @Test("a client certificate is shown, from files or as bytes")
    func clientCertificate() async throws {
        try await serving("one", clients: "clients") { port in
            let server = "https://127.0.0.1:\(port)"
            try await expect(false, access(server, "one"))
            var shown = access(server, "one")
            shown.client = .init(
                chain: .file(made.path("client.crt")), key: .file(made.path("client.key")))
            try await expect(true, shown)
            shown.client = .init(
                chain: try bytes("client.crt"), key: try bytes("client.key"))
            try await expect(true, shown)
            shown.client = .init(
                chain: .file(made.path("other.crt")), key: .file(made.path("other.key")))
            try await expect(false, shown)
        }
    }

    @Test("a long answer comes compressed and is what was sent")
    func compression() async throws {
        let text = String(repeating: #"{"metadata":{"name":"a"}},"#, count: 20_000)
        let asked = Mutex<[String?]>([])
        let router = Router()
        router.get("api") { request, _ in
            asked.withLock { $0.append(request.headers[.acceptEncoding]) }
            var packed = ByteBuffer()
            let stream = try GzipStream()
            try Array(text.utf8).withUnsafeBytes {
                try stream.append($0, to: &packed, finish: true)
            }
            #expect(packed.readableBytes < text.utf8.count / 10)
            return Response(
                status: .ok, headers: [.contentEncoding: "gzip"],
                body: ResponseBody(byteBuffer: packed))
        }
        try await TestServer.serve(router) { port in
            let client = try APIClient(
                ClusterAccess(server: "http://127.0.0.1:\(port)"), userAgent: "fovea-tests")
            let answer = try? await client.get("/api")
            await client.shutdown()
            #expect(answer.map { String(buffer: $0) } == text)
        }
        #expect(asked.withLock { $0 } == ["gzip"])
    }

    @Test("through a proxy the server is asked by name, and still has to show its own certificate")
    func proxy() async throws {
        let proxy = try ConnectProxy()
        defer { proxy.end() }
        try await serving("lab") { port in
            var far = access("https://api.lab:\(port)", "lab")
            far.proxy = "http://127.0.0.1:\(proxy.port)"
            try await expect(true, far)
            #expect(proxy.targets.withLock { $0 } == ["CONNECT api.lab:\(port)"])
            far.authority = .file(made.path("one.crt"))
            try await expect(false, far)
        }
    }

    @Test(
        "the environment's proxy is taken as kubectl takes it",
        arguments: [
            ("https://10.96.0.1:443", "", "http://proxy:3128"),
            ("http://10.96.0.1:80", "", nil), ("https://127.0.0.1:6443", "", nil),
            ("https://localhost:6443", "", nil), ("https://[::1]:6443", "", nil),
            ("https://10.96.0.1:443", "*", nil), ("https://10.96.0.1:443", "10.96.0.1", nil),
            ("https://10.96.0.1:443", "svc, 10.96.0.0/12", nil),
            ("https://10.96.0.1:443", "10.96.0.1:6443", "http://proxy:3128"),
            ("https://[fd00::1]:443", "fd00::/8", nil),
            ("https://api.Example.com:6443", ".example.com", nil),
            ("https://example.com:6443", ".example.com", "http://proxy:3128"),
            ("https://api.example.com", "example.com", nil),
            ("https://badexample.com", "example.com", "http://proxy:3128"),
        ] as [(String, String, String?)])
    func environment(_ server: String, _ direct: String, _ expected: String?) {
        for upper in [true, false] {
            let variables = ["https_proxy": "proxy:3128", "no_proxy": direct]
            let environment = ProxyEnvironment(
                Dictionary(
                    uniqueKeysWithValues: variables.map {
                        (upper ? $0.key.uppercased() : $0.key, $0.value)
                    }))
            #expect(ClusterAccess(server: server).through(environment).proxy == expected)
            var own = ClusterAccess(server: server)
            own.proxy = "http://own:1"
            #expect(own.through(environment).proxy == "http://own:1")
        }
        #expect(ClusterAccess(server: server).through(ProxyEnvironment([:])).proxy == nil)
    }

    // MARK: Pieces

    private func bytes(_ name: String) throws -> ClusterAccess.PEM {
        .bytes(Array(try String(contentsOfFile: made.path(name), encoding: .utf8).utf8))
    }

    private func access(_ server: String, _ authority: String?) -> ClusterAccess {
        var access = ClusterAccess(server: server)
        access.authority = authority.map { .file(made.path("\($0).crt")) }
        return access
    }

    private func expect(
        _ answers: Bool, _ access: ClusterAccess, at place: SourceLocation = #_sourceLocation
    ) async throws {
        let client = try APIClient(access, userAgent: "fovea-tests")
        let answer = try? await client.get("/metrics")
        await client.shutdown()
        #expect((answer != nil) == answers, sourceLocation: place)
    }

    /// An agent in place of an API server: it has TLS of its own, and refuses who shows no certificate where one is wanted.
    private func serving(
        _ certificate: String, clients: String? = nil, _ body: (Int) async throws -> Void
    ) async throws {
        var access = ServerAccess()
        access.certificate = made.path("\(certificate).crt")
        access.key = made.path("\(certificate).key")
        if let clients { access.clientAuthority = made.path("\(clients).crt") }
        var endpoints = ServedAgent(FixedBackend()).endpoints
        endpoints.access = access
        try await TestServer.serve(endpoints.router(), FoveaAgent.server(access), body)
    }
}
