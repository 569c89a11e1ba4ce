package import Observability

/// A service, by the addresses it is called at inside the cluster.
package struct ServiceRecord: KubernetesRecord, Equatable {
    package static let resource = Resource("/api/v1/services")

    package let key: ObjectKey
    package let uid: ObjectUID
    package let version: UInt64
    /// None for a headless one.
    package let addresses: [IPAddress]
    package let ports: [ServicePort]

    private enum Key: CodingKey { case metadata, spec }
    private enum SpecKey: CodingKey { case clusterIP, clusterIPs, ports }

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
        ports = try ServicePort.list(
            spec.decodeIfPresent([ServicePort.Document].self, forKey: .ports))
    }
}

/// A port of a service, or of its endpoints: both have the same name for it.
package struct ServicePort: Sendable, Equatable {
    /// Empty where there is one port alone.
    package let name: String
    /// As Kubernetes has it: TCP, UDP or SCTP.
    package let protocolName: String
    package let number: UInt16

    struct Document: Decodable {
        let name: String?
        let `protocol`: String?
        let port: Int?
    }

    static func list(_ documents: [Document]?) -> [ServicePort] {
        (documents ?? []).compactMap { port in
            port.port.flatMap { UInt16(exactly: $0) }.map {
                ServicePort(name: port.name ?? "", protocolName: port.protocol ?? "TCP", number: $0)
            }
        }
    }
}
