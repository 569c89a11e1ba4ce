package import Kubernetes
import NIOCore

/// Agents whose addresses are given: no cluster is needed.
package struct AddressedAgents: AgentSource {
    private let clients: [String: APIClient]
    private let addresses: [String]
    private let timeout: TimeAmount

    /// `HOST:PORT` or a whole URL; `access` is what shows them who asks.
    package init(
        _ addresses: [String], access: ClusterAccess = ClusterAccess(server: ""),
        userAgent: String, timeoutSeconds: Int = 15
    ) throws(ClusterAccessError) {
        self.addresses = addresses
        timeout = .seconds(Int64(timeoutSeconds))
        var clients: [String: APIClient] = [:]
        for address in addresses where clients[address] == nil {
            var access = access
            access.server = address.contains("://") ? address : "http://\(address)"
            clients[address] = try APIClient(access, userAgent: userAgent, silence: timeout)
        }
        self.clients = clients
    }

    package func shutdown() async {
        for client in clients.values { await client.shutdown() }
    }

    package func places() -> [AgentPlace] {
        addresses.map { AgentPlace(node: $0, agent: $0, target: $0) }
    }

    package func get(_ document: AgentDocument, from place: AgentPlace) async throws -> [UInt8] {
        guard let client = clients[place.target] else {
            throw AgentSourceError("no such address")
        }
        return try await client.ask(document.path, for: document, timeout: timeout)
    }
}
