package import AsyncHTTPClient
import FoundationEssentials
package import NIOCore
import NIOSSL
package import Observability

/// Asks one API server. Everything of HTTP is in here; what the answers mean is not.
package final class APIClient: Sendable {
    /// The server as packets have it; nil where it is called by a name.
    package let address: ServerAddress?
    private let server: String
    private let token: BearerToken
    private let http: HTTPClient
    private let userAgent: String

    /// Certificates are read now; the token follows its file. An answer that says nothing for as long as
    /// `silence` is taken for dead: servers send a watch a bookmark each minute.
    package init(
        _ access: ClusterAccess, userAgent: String, silence: TimeAmount = .seconds(150)
    ) throws(ClusterAccessError) {
        self.userAgent = userAgent
        address = access.address
        token = BearerToken(access.token)
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: try Self.tls(access),
            timeout: .init(connect: .seconds(10), read: silence),
            connectionPool: .init(idleTimeout: .seconds(90)),
            decompression: .enabled(limit: .none))
        // Watches hold their connection; with HTTP/1.1 a slow one delays no other.
        configuration.httpVersion = .http1Only
        // Each kind that is followed holds one, and what is asked beside it must not wait for them.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.redirectConfiguration = .disallow
        // Who asks waits between two attempts, and must know that there was one.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let proxy = access.proxy { configuration.proxy = try Self.proxy(proxy) }
        server = try Self.named(access, &configuration)
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    package func shutdown() async {
        try? await http.shutdown()
    }

    /// A whole answer, at most `limit` bytes of it.
    package func get(
        _ path: String, accept: String = "application/json", limit: Int = 1 << 30,
        timeout: TimeAmount = .seconds(60)
    ) async throws(APIError) -> ByteBuffer {
        try await Self.whole(
            try await open(path, accept: accept, timeout: timeout), of: path, limit: limit)
    }

    /// Merges JSON into an object (RFC 7396).
    package func patch(_ path: String, _ document: ByteBuffer) async throws(APIError) {
        let accepted = try await open(
            path, accept: "application/json", timeout: .seconds(30), writing: .patch(document))
        // Read, so that the connection can be used again.
        _ = try? await accepted.body.collect(upTo: 1 << 24)
    }

    /// Has the server judge a review, an object that it does not keep. Gives what it made of it.
    package func review(_ path: String, _ object: ByteBuffer) async throws(APIError) -> ByteBuffer {
        let judged = try await open(
            path, accept: "application/json", timeout: .seconds(10), writing: .review(object))
        return try await Self.whole(judged, of: path, limit: 1 << 20)
    }

    private static func whole(
        _ response: HTTPClientResponse, of path: String, limit: Int
    ) async throws(APIError) -> ByteBuffer {
        do {
            return try await response.body.collect(upTo: limit)
        } catch {
            throw .connection("\(error)", path: path)
        }
    }

    /// Opens an answer that goes on: a watch. Refused ones throw, as with `get`.
    package func open(
        _ path: String, accept: String, timeout: TimeAmount
    ) async throws(APIError) -> HTTPClientResponse {
        try await open(path, accept: accept, timeout: timeout, writing: nil)
    }

    /// What is sent along, and what for.
    private enum Document {
        case patch(ByteBuffer)
        case review(ByteBuffer)
    }

    private func open(
        _ path: String, accept: String, timeout: TimeAmount, writing document: Document?
    ) async throws(APIError) -> HTTPClientResponse {
        var response = try await send(path, accept, timeout, document)
        if response.status == .unauthorized {
            await token.refused()
            // Once more with a fresh token: this one may have been rotated away.
            response = try await send(path, accept, timeout, document)
        }
        if [.ok, .created].contains(response.status) { return response }
        throw await Self.refusal(response, path)
    }

    private func send(
        _ path: String, _ accept: String, _ timeout: TimeAmount, _ document: Document?
    ) async throws(APIError) -> HTTPClientResponse {
        var request = HTTPClientRequest(url: server + path)
        switch document {
        case nil: break
        case .patch(let bytes):
            request.method = .PATCH
            request.headers.add(name: "Content-Type", value: "application/merge-patch+json")
            request.body = .bytes(bytes)
        case .review(let bytes):
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(bytes)
        }
        request.headers.add(name: "Accept", value: accept)
        request.headers.add(name: "User-Agent", value: userAgent)
        // Servers compress what is long, and never a watch. The HTTP client decompresses; it does not ask for it.
        request.headers.add(name: "Accept-Encoding", value: "gzip")
        do {
            if let token = try await token.current() {
                request.headers.add(name: "Authorization", value: "Bearer \(token)")
            }
            return try await http.execute(request, timeout: timeout)
        } catch {
            throw .connection("\(error)", path: path)
        }
    }

    private static func refusal(_ response: HTTPClientResponse, _ path: String) async -> APIError {
        let body = (try? await response.body.collect(upTo: 1 << 20)) ?? ByteBuffer()
        var status =
            (try? JSONDecoder().decode(APIStatus.self, from: Data(body.readableBytesView)))
            ?? APIStatus(
                code: 0,
                message: String(
                    buffer: body.getSlice(
                        at: body.readerIndex, length: min(200, body.readableBytes)) ?? ByteBuffer())
            )
        status.code = Int(response.status.code)
        if status.retryAfter == nil {
            status.retryAfter = response.headers.first(name: "Retry-After").flatMap { Int($0) }
        }
        return .status(status, path: path)
    }

    /// The server's URL. A certificate that has another name is asked for by that name, at the same address.
    private static func named(
        _ access: ClusterAccess, _ configuration: inout HTTPClient.Configuration
    ) throws(ClusterAccessError) -> String {
        guard let name = access.serverName else { return access.server }
        guard var url = URLComponents(string: access.server), let host = url.host else {
            throw ClusterAccessError("server", "'\(access.server)' is no URL")
        }
        configuration.dnsOverride[name] = host
        url.host = name
        return url.string ?? access.server
    }

    private static func tls(_ access: ClusterAccess) throws(ClusterAccessError)
        -> TLSConfiguration
    {
        var tls = TLSConfiguration.makeClientConfiguration()
        if access.isInsecure { tls.certificateVerification = .none }
        if let authority = access.authority {
            let (bytes, place) = try contents(authority)
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(bytes))
            } catch {
                throw ClusterAccessError(place, "holds no certificate authority: \(error)")
            }
        }
        if let client = access.client {
            let (chain, place) = try contents(client.chain)
            let (key, keyPlace) = try contents(client.key)
            do {
                tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(chain).map {
                    .certificate($0)
                }
            } catch { throw ClusterAccessError(place, "holds no client certificate: \(error)") }
            do {
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
            } catch { throw ClusterAccessError(keyPlace, "holds no private key: \(error)") }
        }
        return tls
    }

    private static func contents(_ pem: ClusterAccess.PEM) throws(ClusterAccessError)
        -> (bytes: [UInt8], place: String)
    {
        switch pem {
        case .bytes(let bytes): return (bytes, "the kubeconfig")
        case .file(let path):
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ClusterAccessError(path, "cannot be read")
            }
            return (Array(data), path)
        }
    }

    private static func proxy(_ text: String) throws(ClusterAccessError)
        -> HTTPClient.Configuration.Proxy
    {
        guard let url = URL(string: text), url.scheme == "http", let host = url.host() else {
            throw ClusterAccessError(
                "proxy-url", "takes http://host:port, not '\(text)'")
        }
        return .server(host: host, port: url.port ?? 80)
    }
}
