/// Another node's name with one of its addresses: `worker-2=192.0.2.7`. A node of several addresses is several
/// of these.
package struct PeerNode: Hashable, Sendable, LosslessStringConvertible {
    package let name: String
    package let address: IPAddress

    package init(name: String, address: IPAddress) {
        self.name = name
        self.address = address
    }

    package init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].count <= 253,
            let address = IPAddress(parts[1])
        else { return nil }
        self.init(name: String(parts[0]), address: address)
    }

    package var description: String { "\(name)=\(address)" }
}
