package import Foundation

/// The token of the moment. Files are read again each minute, as the kubelet rotates them; a plugin is asked
/// again shortly before what it gave runs out.
package actor BearerToken {
    private let source: ClusterAccess.Token?
    private var held: (token: String, until: Date)?

    package init(_ source: ClusterAccess.Token?) {
        self.source = source
    }

    /// Nil where the access has none.
    package func current(now: Date = .now) async throws(ClusterAccessError) -> String? {
        if let held, now < held.until { return held.token }
        switch source {
        case nil: return nil
        case .fixed(let token): return token
        case .file(let path):
            guard let bytes = FileManager.default.contents(atPath: path) else {
                // A rotation may be under way; what was good a minute ago mostly still is.
                if let held { return held.token }
                throw ClusterAccessError(path, "cannot be read")
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
            held = (token, now + 60)
            return token
        case .command(let plugin):
            let credential = try await Self.run(plugin)
            held = (credential.token, credential.expiry.map { $0 - 30 } ?? .distantFuture)
            return credential.token
        }
    }

    /// The server did not take it: the next one is asked for anew.
    package func refused() {
        held = nil
    }

    /// On a thread of its own: the program may take its time.
    private static func run(_ plugin: ExecPlugin) async throws(ClusterAccessError)
        -> ExecPlugin.Credential
    {
        let result: Result<ExecPlugin.Credential, ClusterAccessError> =
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    do throws(ClusterAccessError) {
                        continuation.resume(returning: .success(try plugin.run()))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
            }
        return try result.get()
    }
}
