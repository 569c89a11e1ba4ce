package import Observability

/// A service, by the addresses it is called at inside the cluster.
package struct ServiceRecord: KubernetesRecord, Equatable {
    package static let resource = Resource("/api/v1/services")

    package let key: ObjectKey
    package let uid: String
    package let version: UInt64
    /// None for a headless one.
    package let addresses: [IPAddress]

    private enum Key: CodingKey { case metadata, spec }
    private enum SpecKey: CodingKey { case clusterIP, clusterIPs }

    package init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        let meta = try object.decode(ObjectMeta.self, forKey: .metadata)
        let spec = try object.nestedContainer(keyedBy: SpecKey.self, forKey: .spec)
        key = meta.key
        uid = meta.uid
        version = meta.version
        var texts = try spec.decodeIfPresent([String].self, forKey: .clusterIPs) ?? []
        if texts.isEmpty, let one = try spec.decodeIfPresent(String.self, forKey: .clusterIP) {
            texts = [one]
        }
        addresses = texts.filter { $0 != "None" }.compactMap { IPAddress($0) }
    }
}
