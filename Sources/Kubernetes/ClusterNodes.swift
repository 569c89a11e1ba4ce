import Observability

/// The nodes of a cluster but this one, as a directory knows them.
struct ClusterNodes: PeerNodeSource {
    let changes: AsyncStream<Void>
    private let directory: ClusterDirectory
    private let own: String

    /// `own` is this node's name.
    init(_ directory: ClusterDirectory, own: String, changes: AsyncStream<Void>) {
        self.directory = directory
        self.own = own
        self.changes = changes
    }

    var nodes: [PeerNode] { directory.nodes(otherThan: own) }
}
