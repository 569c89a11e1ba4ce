import Foundation
import NIOSSL
import Synchronization

/// The server's side of TLS. Its files are read anew for each connection, so that certificates and the clients' authority
/// may be rotated; while they do not fit together, what was good last is gone by.
final class ServerTLS: Sendable {
    /// What the files hold.
    private struct Files: Equatable {
        let certificate: Data
        let key: Data
        let authority: Data?

        init(_ access: ServerAccess) throws(AgentError) {
            certificate = try Self.read(access.certificate)
            key = try Self.read(access.key)
            authority = access.clientAuthority.isEmpty ? nil : try Self.read(access.clientAuthority)
        }

        private static func read(_ file: String) throws(AgentError) -> Data {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw AgentError("\(file) cannot be read")
            }
            return data
        }
    }

    private let access: ServerAccess
    private let held: Mutex<(files: Files, context: NIOSSLContext)>

    /// Nil where no certificate is configured.
    init?(_ access: ServerAccess) throws(AgentError) {
        if access.certificate.isEmpty { return nil }
        self.access = access
        let files = try Files(access)
        held = Mutex((files, try Self.context(of: files, access)))
    }

    /// For a connection that begins now.
    var context: NIOSSLContext {
        let files = try? Files(access)
        return held.withLock { held in
            if let files, files != held.files, let new = try? Self.context(of: files, access) {
                held = (files, new)
            }
            return held.context
        }
    }

    private static func context(
        of files: Files, _ access: ServerAccess
    ) throws(AgentError) -> NIOSSLContext {
        let chain = try certificates(files.certificate, access.certificate)
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(bytes: Array(files.key), format: .pem)
        } catch {
            throw AgentError("\(access.key) holds no private key: \(error)")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        if let authority = files.authority {
            // Health checks come without a certificate, so it is asked for here and insisted on later.
            configuration.certificateVerification = .optionalVerification
            configuration.trustRoots = .certificates(
                try certificates(authority, access.clientAuthority))
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw AgentError("\(access.certificate) and \(access.key) do not fit: \(error)")
        }
    }

    private static func certificates(
        _ data: Data, _ file: String
    ) throws(AgentError) -> [NIOSSLCertificate] {
        do {
            let found = try NIOSSLCertificate.fromPEMBytes(Array(data))
            if !found.isEmpty { return found }
        } catch {
            throw AgentError("\(file) holds no certificate: \(error)")
        }
        throw AgentError("\(file) holds no certificate")
    }
}
