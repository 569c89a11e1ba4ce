/// Knows the other nodes of a cluster, as they come and go.
package protocol PeerNodeSource: Sendable {
    /// Each node once for each of its addresses, the one to ask it at first. No address is two nodes'.
    var nodes: [PeerNode] { get }

    /// Says that they may have changed. For one reader.
    var changes: AsyncStream<Void> { get }
}
