/// Who may ask the agent, and how it shows itself. Files, so that what is in them may change; empty is without.
package struct ServerAccess: Sendable, Equatable {
    package var certificate = ""
    package var key = ""
    /// Who signs clients' certificates.
    package var clientAuthority = ""
    /// Bearer tokens, one a line.
    package var tokens = ""
    /// Whether the API server is asked about tokens.
    package var reviewsTokens = false

    package init() {}

    /// Nil where the parts fit together.
    var problem: String? {
        if certificate.isEmpty != key.isEmpty {
            return "server.tls-certificate and server.tls-key go together"
        }
        if !clientAuthority.isEmpty, certificate.isEmpty {
            return "server.client-authority needs server.tls-certificate"
        }
        return nil
    }
}
