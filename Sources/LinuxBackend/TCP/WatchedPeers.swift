package import Observability

/// Which peers the packet program is to watch, and how.
package struct WatchedPeers: Sendable, Equatable {
    package var servers: [ServerAddress]
    /// The most other nodes at the same time.
    package var nodes: Int
    /// After this a SYN to an API server counts as unanswered; whole seconds.
    package var patience: Duration
    /// The most SYNs to API servers that await an answer at the same time.
    package var pending: Int

    package static let none = WatchedPeers()

    package init(
        servers: [ServerAddress] = [], nodes: Int = 0, patience: Duration = .seconds(3),
        pending: Int = 4096
    ) {
        self.servers = servers
        self.nodes = nodes
        self.patience = patience
        self.pending = pending
    }

    var isEmpty: Bool { servers.isEmpty && nodes == 0 }

    /// How many addresses there may be.
    var addresses: Int { servers.count + nodes * PeerNodePlaces.addressesOfNode }

    var patienceNanoseconds: UInt64 { UInt64(patience.components.seconds) * 1_000_000_000 }

    /// What each address is watched for, where nodes have these.
    func purposes(nodes: [IPAddress: Int]) -> [ServerAddress: Purpose] {
        var purposes: [ServerAddress: Purpose] = [:]
        for server in servers { purposes[server, default: Purpose()].isServer = true }
        for (address, place) in nodes {
            purposes[ServerAddress(address: address, port: nil), default: Purpose()].node = place
        }
        return purposes
    }

    /// Why an address is watched.
    struct Purpose: Hashable {
        var isServer = false
        /// The place of the node whose it is.
        var node: Int?
    }
}
