package import Observability

/// A node: its addresses and its zone.
package struct NodeRecord: KubernetesRecord, Equatable {
    package static let resource = Resource("/api/v1/nodes")

    package let key: ObjectKey
    package let uid: String
    package let version: UInt64
    package let addresses: [IPAddress]
    /// Those that nodes have it at among themselves.
    package let internalAddresses: [IPAddress]
    /// `topology.kubernetes.io/zone`; empty where the cloud says none.
    package let zone: String

    private enum Key: CodingKey { case metadata, status }
    private enum StatusKey: CodingKey { case addresses }
    private struct Address: Decodable {
        let type: String
        let address: String
    }

    package init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        let meta = try object.decode(ObjectMeta.self, forKey: .metadata)
        key = meta.key
        uid = meta.uid
        version = meta.version
        zone = meta.labels["topology.kubernetes.io/zone"] ?? ""
        var found: [Address] = []
        if object.contains(.status) {
            let status = try object.nestedContainer(keyedBy: StatusKey.self, forKey: .status)
            found = try status.decodeIfPresent([Address].self, forKey: .addresses) ?? []
        }
        addresses = found.filter { $0.type.hasSuffix("IP") }.compactMap { IPAddress($0.address) }
        internalAddresses = found.filter { $0.type == "InternalIP" }.compactMap {
            IPAddress($0.address)
        }
    }
}
