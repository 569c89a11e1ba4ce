package import Observability

/// A network namespace that may be an endpoint.
package struct NetworkNamespace: Sendable, Equatable {
    /// The inode of its file, which the kernel's `struct net` knows it by.
    package let inode: UInt32
    /// Its file's name under /run/netns and the like; else the name of its first process and the inode.
    package let name: String
    /// The file that stands for it.
    package let path: String
    /// The number it has in the agent's namespace; nil where the two share no link.
    package var number: Int32?
    package var addresses: [IPAddress]

    package init(
        inode: UInt32, name: String, path: String, number: Int32?,
        addresses: [IPAddress] = []
    ) {
        self.inode = inode
        self.name = name
        self.path = path
        self.number = number
        self.addresses = addresses
    }
}
