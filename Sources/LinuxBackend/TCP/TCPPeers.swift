import KernelABI
package import Observability

/// Peers whose latencies are kept apart: API servers, and other nodes by name.
package struct TCPPeers: Sendable, Equatable {
    package let servers: [ServerAddress]
    /// Every node once, in the order in which they were named.
    package let nodes: [String]
    private let addresses: [PeerNode]

    package static let none = TCPPeers(servers: [], nodes: [])

    package init(servers: [ServerAddress], nodes addresses: [PeerNode]) {
        self.servers = servers
        self.addresses = addresses
        var seen: Set<String> = []
        nodes = addresses.map(\.name).filter { seen.insert($0).inserted }
    }

    /// The address that was named first.
    package func address(of node: Int) -> IPAddress? {
        addresses.first { $0.name == nodes[node] }?.address
    }

    /// As the packet program looks them up.
    var entries: [(key: tcp_peer_key, value: tcp_peer)] {
        var peers: [ServerAddress: tcp_peer] = [:]
        for server in servers { peers[server, default: tcp_peer()].is_server = 1 }
        for node in addresses {
            let number = (nodes.firstIndex(of: node.name) ?? 0) + 1
            let everyPort = ServerAddress(address: node.address, port: nil)
            peers[everyPort, default: tcp_peer()].node = UInt16(number)
        }
        return peers.map { (tcp_peer_key($0), $1) }
    }
}

extension tcp_peer_key {
    fileprivate init(_ server: ServerAddress) {
        self.init()
        withUnsafeMutableBytes(of: &address) { bytes in
            bytes.storeBytes(of: server.address.high.bigEndian, as: UInt64.self)
            bytes.storeBytes(
                of: server.address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        port = server.port ?? 0
    }
}
