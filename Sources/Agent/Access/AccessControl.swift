import Foundation
import HTTPTypes
import Hummingbird
import Kubernetes
import NIOCore
import NIOSSL

/// Lets in who shows what the configuration asks for; health checks always.
struct AccessControl: RouterMiddleware {
    typealias Context = AgentRequestContext

    let access: ServerAccess
    let reviewer: TokenReviewer?

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if Self.isOpen(request.uri.path) { return try await next(request, context) }
        if let refusal = await refusal(request) { return refusal }
        if !access.clientAuthority.isEmpty {
            // What is not verified does not get as far as this.
            let shown = try? await context.channel.nioSSL_peerCertificate().get()
            if shown ?? nil == nil { return Response(status: .forbidden) }
        }
        return try await next(request, context)
    }

    /// Nil where a token lets in, or none is asked for. Without somebody to ask nobody is let in.
    private func refusal(_ request: Request) async -> Response? {
        if access.tokens.isEmpty, !access.reviewsTokens { return nil }
        let unauthorized = Response(status: .unauthorized, headers: [.wwwAuthenticate: "Bearer"])
        let shown = request.headers[.authorization]
        if !access.tokens.isEmpty, isKnown(shown) { return nil }
        guard access.reviewsTokens, let shown, shown.hasPrefix("Bearer ") else {
            return unauthorized
        }
        let token = String(shown.dropFirst("Bearer ".count))
        // Who may have the metrics may have the rest.
        switch await reviewer?.review(token, path: "/metrics") {
        case .allowed: return nil
        case .unknown: return unauthorized
        case .forbidden: return Response(status: .forbidden)
        case .unavailable, nil:
            return Response(status: .serviceUnavailable, headers: [.retryAfter: "5"])
        }
    }

    private static func isOpen(_ path: String) -> Bool { path == "/healthz" || path == "/readyz" }

    /// The file is read for each request: it is small, and tokens are rotated. Where it cannot be, nobody is known.
    private func isKnown(_ authorization: String?) -> Bool {
        guard let authorization, authorization.hasPrefix("Bearer "),
            let contents = FileManager.default.contents(atPath: access.tokens)
        else { return false }
        let token = Array(authorization.utf8.dropFirst("Bearer ".utf8.count))
        let known = String(decoding: contents, as: UTF8.self).split(whereSeparator: \.isNewline)
        var isKnown = false
        for line in known {
            let text = line.trimmingCharacters(in: .whitespaces)
            if !text.isEmpty, Self.equal(Array(text.utf8), token) { isKnown = true }
        }
        return isKnown
    }

    /// Takes as long wherever they differ, so that a token cannot be felt out byte by byte.
    private static func equal(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        if one.count != other.count { return false }
        return zip(one, other).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// What is known of a request beside itself: the connection it came by.
struct AgentRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}
