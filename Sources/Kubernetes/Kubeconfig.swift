import FoundationEssentials
import Yams

/// A kubeconfig file, as far as reaching a cluster needs it.
package struct Kubeconfig {
    private let path: String
    private let document: Document

    /// `path` is for messages, and what relative file names in it are relative to.
    package init(parsing text: String, path: String) throws(ClusterAccessError) {
        self.path = path
        do {
            document = try YAMLDecoder().decode(Document.self, from: text)
        } catch let error as DecodingError {
            throw ClusterAccessError(path, error.place)
        } catch {
            throw ClusterAccessError(path, "\(error)")
        }
    }

    package init(file path: String) throws(ClusterAccessError) {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw ClusterAccessError(path, "cannot be read")
        }
        try self.init(parsing: String(decoding: bytes, as: UTF8.self), path: path)
    }

    /// The access of a context; of the current one where none is named.
    package func access(context wanted: String? = nil) throws(ClusterAccessError) -> ClusterAccess {
        guard let name = wanted ?? document.currentContext, !name.isEmpty else {
            throw ClusterAccessError(path, "has no current-context, and none was named")
        }
        let context = try find(name, "context", in: document.contexts).context
        let cluster = try find(context.cluster, "cluster", in: document.clusters).cluster
        guard var access = cluster.server.map({ ClusterAccess(server: Self.withoutSlash($0)) })
        else { throw ClusterAccessError(path, "cluster '\(context.cluster)' has no server") }
        access.authority = try pem(
            data: cluster.authorityData, file: cluster.authority, "certificate-authority-data")
        access.serverName = cluster.serverName
        access.isInsecure = cluster.isInsecure ?? false
        access.proxy = cluster.proxy
        guard let userName = context.user else { return access }
        let user = try find(userName, "user", in: document.users).user
        let chain = try pem(
            data: user.certificateData, file: user.certificate, "client-certificate-data")
        let key = try pem(data: user.keyData, file: user.key, "client-key-data")
        switch (chain, key) {
        case (let chain?, let key?): access.client = .init(chain: chain, key: key)
        case (nil, nil): break
        default:
            throw ClusterAccessError(path, "user '\(userName)' has half of a client certificate")
        }
        access.token = token(of: user)
        return access
    }

    /// As kubectl prefers them: a plugin last, for what is written down needs no program.
    private func token(of user: Document.User) -> ClusterAccess.Token? {
        if let token = user.token, !token.isEmpty { return .fixed(token) }
        if let file = user.tokenFile { return .file(absolute(file)) }
        guard let exec = user.exec else { return nil }
        let isPath = exec.command.contains("/")
        return .command(
            ExecPlugin(
                apiVersion: exec.apiVersion,
                command: isPath ? absolute(exec.command) : exec.command,
                arguments: exec.args ?? [],
                environment: Dictionary(
                    (exec.env ?? []).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })))
    }

    private func find<Entry: Named>(
        _ name: String, _ kind: String, in entries: [Entry]?
    ) throws(ClusterAccessError) -> Entry {
        if let entry = entries?.first(where: { $0.name == name }) { return entry }
        let known = (entries ?? []).map(\.name).joined(separator: ", ")
        throw ClusterAccessError(
            path, "has no \(kind) '\(name)'\(known.isEmpty ? "" : "; it has \(known)")")
    }

    private func pem(data: String?, file: String?, _ key: String) throws(ClusterAccessError)
        -> ClusterAccess.PEM?
    {
        if let data, !data.isEmpty {
            guard let bytes = Data(base64Encoded: data) else {
                throw ClusterAccessError(path, "\(key) is not base64")
            }
            return .bytes(Array(bytes))
        }
        return file.map { .file(absolute($0)) }
    }

    private func absolute(_ file: String) -> String {
        if file.hasPrefix("/") { return file }
        let folder = path.lastIndex(of: "/").map { path[..<$0] } ?? "."
        return "\(folder)/\(file)"
    }

    private static func withoutSlash(_ server: String) -> String {
        server.hasSuffix("/") ? String(server.dropLast()) : server
    }
}

private protocol Named { var name: String { get } }

extension Kubeconfig {
    /// The file's own words (k8s.io/client-go/tools/clientcmd/api/v1).
    fileprivate struct Document: Decodable {
        struct NamedCluster: Decodable, Named {
            let name: String
            let cluster: Cluster
        }

        struct NamedContext: Decodable, Named {
            let name: String
            let context: Context
        }

        struct NamedUser: Decodable, Named {
            let name: String
            let user: User
        }

        struct Cluster: Decodable {
            let server: String?
            let authority: String?
            let authorityData: String?
            let serverName: String?
            let isInsecure: Bool?
            let proxy: String?

            enum CodingKeys: String, CodingKey {
                case server
                case authority = "certificate-authority"
                case authorityData = "certificate-authority-data"
                case serverName = "tls-server-name"
                case isInsecure = "insecure-skip-tls-verify"
                case proxy = "proxy-url"
            }
        }

        struct Context: Decodable {
            let cluster: String
            let user: String?
        }

        struct User: Decodable {
            let token: String?
            let tokenFile: String?
            let certificate: String?
            let certificateData: String?
            let key: String?
            let keyData: String?
            let exec: Exec?

            enum CodingKeys: String, CodingKey {
                case token, tokenFile, exec
                case certificate = "client-certificate"
                case certificateData = "client-certificate-data"
                case key = "client-key"
                case keyData = "client-key-data"
            }
        }

        struct Exec: Decodable {
            struct Variable: Decodable {
                let name: String
                let value: String
            }

            let apiVersion: String
            let command: String
            let args: [String]?
            let env: [Variable]?
        }

        let currentContext: String?
        let contexts: [NamedContext]?
        let clusters: [NamedCluster]?
        let users: [NamedUser]?

        enum CodingKeys: String, CodingKey {
            case contexts, clusters, users
            case currentContext = "current-context"
        }
    }
}

extension DecodingError {
    /// The key that is missing or holds something else: `users[0].user.exec: no value for command`.
    package var place: String {
        func path(_ keys: [any CodingKey]) -> String {
            keys.map { $0.intValue.map { "[\($0)]" } ?? "." + $0.stringValue }.joined()
                .trimmingPrefix(".").description
        }
        switch self {
        case .keyNotFound(let key, let context):
            return "\(path(context.codingPath)): no value for \(key.stringValue)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(path(context.codingPath)): \(context.debugDescription)"
        case .dataCorrupted(let context):
            let inner = context.underlyingError.map { "; \($0)" } ?? ""
            return "\(path(context.codingPath)): \(context.debugDescription)\(inner)"
        @unknown default: return "\(self)"
        }
    }
}
