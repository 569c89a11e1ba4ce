package import Observability

/// Where an API server is, and what shows it who asks. Files are named and not read here: they rotate.
package struct ClusterAccess: Sendable, Equatable {
    /// `https://10.96.0.1:443`, without a slash at the end.
    package var server: String
    /// What the server's certificate must lead to; nil for the system's authorities.
    package var authority: PEM?
    package var client: ClientCertificate?
    package var token: Token?
    /// The name the certificate is checked against, where it is not the server's host.
    package var serverName: String?
    /// Takes any certificate. Only where a kubeconfig says so itself.
    package var isInsecure = false
    /// `http://host:port` of an HTTP proxy.
    package var proxy: String?

    package init(server: String) {
        self.server = server
    }

    /// The server as packets have it; nil where it is called by a name, or asked through a proxy.
    package var address: ServerAddress? {
        let parts = server.split(separator: "/")
        guard parts.count > 1, proxy == nil, let named = ServerAddress(String(parts[1])) else {
            return nil
        }
        return ServerAddress(
            address: named.address, port: named.port ?? (parts[0] == "http:" ? 80 : 443))
    }

    package enum PEM: Sendable, Equatable {
        case file(String)
        case bytes([UInt8])
    }

    package struct ClientCertificate: Sendable, Equatable {
        package var chain: PEM
        package var key: PEM

        package init(chain: PEM, key: PEM) {
            self.chain = chain
            self.key = key
        }
    }

    package enum Token: Sendable, Equatable {
        case fixed(String)
        /// Read again as it rotates.
        case file(String)
        /// Asked of a program (client.authentication.k8s.io), with its arguments and environment.
        case command(ExecPlugin)
    }
}

/// Why there is no way to the API server: the file or variable, and what it lacks.
package struct ClusterAccessError: Error, CustomStringConvertible, Equatable {
    package let place: String
    package let problem: String
    package var description: String { "\(place): \(problem)" }

    package init(_ place: String, _ problem: String) {
        self.place = place
        self.problem = problem
    }
}
