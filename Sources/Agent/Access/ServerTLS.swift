import Foundation
import NIOSSL
import Synchronization

/// The server's side of TLS. Certificate and key are read anew for each connection, so that they may be rotated; where
/// they cannot be, what was good last is shown. The clients' authority is read once.
struct ServerTLS: Sendable {
    let configuration: TLSConfiguration

    private struct Identity: Sendable {
        let chain: [NIOSSLCertificateSource]
        let key: NIOSSLPrivateKeySource

        init(_ access: ServerAccess) throws(AgentError) {
            chain = try ServerTLS.certificates(access.certificate).map { .certificate($0) }
            do {
                key = .privateKey(try NIOSSLPrivateKey(file: access.key, format: .pem))
            } catch {
                throw AgentError("\(access.key) holds no private key: \(error)")
            }
        }
    }

    /// Nil where no certificate is configured.
    init?(_ access: ServerAccess) throws(AgentError) {
        if access.certificate.isEmpty { return nil }
        let first = try Identity(access)
        let last = Held(first)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: first.chain, privateKey: first.key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.sslContextCallback = { _, promise in
            var shown = NIOSSLContextConfigurationOverride()
            let identity = last.renewed { try? Identity(access) }
            shown.certificateChain = identity.chain
            shown.privateKey = identity.key
            promise.succeed(shown)
        }
        if !access.clientAuthority.isEmpty {
            // Health checks come without a certificate, so it is asked for here and insisted on later.
            configuration.certificateVerification = .optionalVerification
            configuration.trustRoots = .certificates(
                try Self.certificates(access.clientAuthority))
        }
        self.configuration = configuration
    }

    private final class Held: Sendable {
        private let identity: Mutex<Identity>

        init(_ identity: Identity) {
            self.identity = Mutex(identity)
        }

        func renewed(_ read: () -> Identity?) -> Identity {
            let new = read()
            return identity.withLock { identity in
                if let new { identity = new }
                return identity
            }
        }
    }

    private static func certificates(_ file: String) throws(AgentError) -> [NIOSSLCertificate] {
        do {
            let found = try NIOSSLCertificate.fromPEMFile(file)
            if !found.isEmpty { return found }
        } catch {
            throw AgentError("\(file) holds no certificate: \(error)")
        }
        throw AgentError("\(file) holds no certificate")
    }
}
