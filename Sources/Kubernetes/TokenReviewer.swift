import FoundationEssentials
package import MetricSchema
import NIOCore
import Synchronization

/// Asks the API server whose a bearer token is, and whether who has it may `get` a path that is no object's: TokenReview,
/// then SubjectAccessReview, as kube-rbac-proxy and the kubelet do. Verdicts are kept for a while, under a hash of the token
/// and never with it. Where the server cannot be asked nobody is let in.
package actor TokenReviewer {
    private struct Key: Hashable {
        let one: Int
        let other: Int
    }

    private struct Kept {
        let verdict: TokenVerdict
        let until: ContinuousClock.Instant
    }

    /// Tokens of Kubernetes are a kilobyte or two.
    static let longestToken = 16_384
    static let mostKept = 256
    static let mostUnderWay = 8

    private let client: APIClient
    private let now: @Sendable () -> ContinuousClock.Instant
    private let salt = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
    private var kept: [Key: Kept] = [:]
    private var underWay = 0
    /// Answers of the server's, by what they were; what was kept is in none.
    private let counts = Mutex<[TokenVerdict: UInt64]>([:])

    package init(
        _ client: APIClient, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.client = client
        self.now = now
    }

    /// How often the server was asked, by what came of it.
    package nonisolated var reviews: [TokenVerdict: UInt64] { counts.withLock { $0 } }

    package nonisolated func shutdown() async { await client.shutdown() }

    package func review(_ token: String, path: String) async -> TokenVerdict {
        guard !token.isEmpty, token.utf8.count <= Self.longestToken else { return .unknown }
        let key = key(token, path)
        if let known = kept[key], now() < known.until { return known.verdict }
        // Whoever has no token can make the agent ask; so little of it at a time.
        if underWay >= Self.mostUnderWay { return .unavailable }
        underWay += 1
        let verdict = await ask(token, path)
        underWay -= 1
        counts.withLock { $0[verdict, default: 0] += 1 }
        keep(verdict, key)
        return verdict
    }

    /// A refusal not as long as a permission: a token may have been made, or a role given, a moment ago.
    private func keep(_ verdict: TokenVerdict, _ key: Key) {
        let now = now()
        kept = kept.filter { now < $0.value.until }
        if verdict == .unavailable { return }
        if kept.count >= Self.mostKept {
            // Those who may are not driven out by those who may not.
            guard
                let first = kept.first(where: { $0.value.verdict != .allowed })?.key
                    ?? kept.keys.first
            else { return }
            kept[first] = nil
        }
        let life: Duration = verdict == .allowed ? .seconds(60) : .seconds(10)
        kept[key] = Kept(verdict: verdict, until: now + life)
    }

    /// Salted, so that nobody can look for two that have the same.
    private func key(_ token: String, _ path: String) -> Key {
        func hash(_ salt: UInt64) -> Int {
            var hasher = Hasher()
            hasher.combine(salt)
            hasher.combine(token)
            hasher.combine(path)
            return hasher.finalize()
        }
        return Key(one: hash(salt.0), other: hash(salt.1))
    }

    private func ask(_ token: String, _ path: String) async -> TokenVerdict {
        do {
            let review = try await post(
                TokenReview(spec: .init(token: token), status: nil),
                to: "/apis/authentication.k8s.io/v1/tokenreviews")
            guard let status = review.status, status.authenticated == true, let user = status.user
            else { return .unknown }
            let access = try await post(
                AccessReview(
                    spec: .init(
                        user: user.username ?? "", uid: user.uid, groups: user.groups,
                        extra: user.extra,
                        nonResourceAttributes: .init(path: path, verb: "get")), status: nil),
                to: "/apis/authorization.k8s.io/v1/subjectaccessreviews")
            return access.status?.allowed == true ? .allowed : .forbidden
        } catch {
            return .unavailable
        }
    }

    private func post<Review: Codable>(_ review: Review, to path: String) async throws -> Review {
        let body = ByteBuffer(bytes: try JSONEncoder().encode(review))
        let answer = try await client.review(path, body)
        return try JSONDecoder().decode(Review.self, from: Data(answer.readableBytesView))
    }
}

private struct TokenReview: Codable {
    struct Spec: Codable { let token: String? }

    struct User: Codable {
        let username: String?
        let uid: String?
        let groups: [String]?
        let extra: [String: [String]]?
    }

    struct Status: Codable {
        let authenticated: Bool?
        let user: User?
    }

    var apiVersion: String? = "authentication.k8s.io/v1"
    var kind: String? = "TokenReview"
    let spec: Spec
    let status: Status?
}

private struct AccessReview: Codable {
    struct Attributes: Codable {
        let path: String
        let verb: String
    }

    struct Spec: Codable {
        let user: String?
        let uid: String?
        let groups: [String]?
        let extra: [String: [String]]?
        let nonResourceAttributes: Attributes?
    }

    struct Status: Codable { let allowed: Bool? }

    var apiVersion: String? = "authorization.k8s.io/v1"
    var kind: String? = "SubjectAccessReview"
    let spec: Spec
    let status: Status?
}
