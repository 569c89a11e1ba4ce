import FoundationEssentials

/// What went wrong with one request to the API server.
package enum APIError: Error, Sendable, CustomStringConvertible {
    /// The server's own answer.
    case status(APIStatus, path: String)
    /// It could not be asked, or its answer broke off.
    case connection(String, path: String)
    /// It answered something that is not what was asked for.
    case malformed(String, path: String)

    package var description: String {
        switch self {
        case .status(let status, let path): "\(path): \(status)"
        case .connection(let problem, let path): "\(path): \(problem)"
        case .malformed(let problem, let path): "\(path): \(problem)"
        }
    }

    /// The role does not allow it, or there is no such kind of object.
    package var isForbidden: Bool {
        if case .status(let status, _) = self { [403, 404].contains(status.code) } else { false }
    }

    /// The server answered, knows who asks, and gives nothing.
    package var isRefusal: Bool {
        if case .status(let status, _) = self { ![401, 410].contains(status.code) } else { false }
    }

    /// The resource version asked for is too old to go on from.
    package var isExpired: Bool {
        if case .status(let status, _) = self { status.code == 410 } else { false }
    }
}

/// Kubernetes' Status object.
package struct APIStatus: Error, Decodable, CustomStringConvertible {
    package var code: Int
    package var reason: String?
    package var message: String?
    package var retryAfter: Int?

    package init(code: Int, reason: String? = nil, message: String? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
    }

    package init(from decoder: any Decoder) throws {
        struct Details: Decodable { let retryAfterSeconds: Int? }
        enum Key: CodingKey { case code, reason, message, details }
        let fields = try decoder.container(keyedBy: Key.self)
        code = try fields.decodeIfPresent(Int.self, forKey: .code) ?? 0
        reason = try fields.decodeIfPresent(String.self, forKey: .reason)
        message = try fields.decodeIfPresent(String.self, forKey: .message)
        retryAfter = try fields.decodeIfPresent(Details.self, forKey: .details)?.retryAfterSeconds
    }

    package var description: String {
        [reason ?? "status \(code)", message].compactMap { $0 }.joined(separator: ": ")
    }

    /// What to do about it, where it is the configuration's fault.
    package var hint: String? {
        switch code {
        case 401: "the API server does not know this token or certificate"
        case 403: "the role lacks this verb on this resource"
        default: nil
        }
    }
}
