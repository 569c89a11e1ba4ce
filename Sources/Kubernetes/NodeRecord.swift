package import Observability

/// A node: its addresses, its zone, and the ranges it has for pods.
package struct NodeRecord: KubernetesRecord, Equatable {
    package static let resource = Resource("/api/v1/nodes")

    package let key: ObjectKey
    package let uid: ObjectUID
    package let version: UInt64
    package let addresses: [IPAddress]
    /// Those that nodes have it at among themselves.
    package let internalAddresses: [IPAddress]
    /// `topology.kubernetes.io/zone`; empty where the cloud says none.
    package let zone: String
    /// Empty where the network gives pods their addresses by other means. It may do so in spite of them, so a pod with such
    /// an address is the cluster's, and not surely this node's.
    package let podRanges: [AddressRange]

    private enum Key: CodingKey { case metadata, spec, status }
    private enum SpecKey: CodingKey { case podCIDR, podCIDRs }
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
        var ranges: [String] = []
        if object.contains(.spec) {
            let spec = try object.nestedContainer(keyedBy: SpecKey.self, forKey: .spec)
            ranges = try spec.decodeIfPresent([String].self, forKey: .podCIDRs) ?? []
            if ranges.isEmpty, let one = try spec.decodeIfPresent(String.self, forKey: .podCIDR) {
                ranges = [one]
            }
        }
        podRanges = ranges.compactMap { AddressRange(masking: $0) }
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
