package import Observability

/// A pod: who it is, where it runs, and which addresses are its own.
package struct PodRecord: KubernetesRecord, Equatable {
    package static let resource = Resource("/api/v1/pods")

    package let key: ObjectKey
    package let uid: ObjectUID
    package let version: UInt64
    package let owner: ObjectMeta.Owner?
    /// Its labels and named ports.
    package let traits: PodTraits
    /// What its annotation says; nil where it says nothing.
    package let isObserved: Bool?
    package let isTerminating: Bool
    package let node: String
    /// Its own addresses; none for a pod in the node's network, and none once it has ended, for then they are
    /// free to be another pod's.
    package let addresses: [IPAddress]
    /// IDs of its containers, without the name of their runtime; empty in `withoutContainers`.
    package private(set) var containers: [String]
    package let isHostNetwork: Bool
    /// Succeeded or failed: it will not run again.
    package let hasEnded: Bool

    private enum Key: CodingKey { case metadata, spec, status }
    private enum SpecKey: CodingKey { case nodeName, hostNetwork, containers }
    private enum StatusKey: CodingKey {
        case phase, podIP, podIPs
        case containerStatuses, initContainerStatuses, ephemeralContainerStatuses
    }
    private struct Address: Decodable { let ip: String }
    private struct ContainerStatus: Decodable {
        /// `containerd://…`; absent or empty before it runs.
        let containerID: String?
    }
    private struct Container: Decodable {
        struct Port: Decodable {
            let name: String?
            let containerPort: Int
            let `protocol`: String?
        }
        let ports: [Port]?
    }

    package init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        let meta = try object.decode(ObjectMeta.self, forKey: .metadata)
        let spec = try object.nestedContainer(keyedBy: SpecKey.self, forKey: .spec)
        key = meta.key
        uid = meta.uid
        version = meta.version
        owner = meta.owner
        isTerminating = meta.isTerminating
        traits = PodTraits.shared(
            labels: meta.labels,
            ports: try Self.ports(spec))
        isObserved = Observe.wish(in: meta.annotations)
        node = SharedText.of(try spec.decodeIfPresent(String.self, forKey: .nodeName) ?? "")
        isHostNetwork = try spec.decodeIfPresent(Bool.self, forKey: .hostNetwork) ?? false
        guard object.contains(.status) else {
            hasEnded = false
            addresses = []
            containers = []
            return
        }
        let status = try object.nestedContainer(keyedBy: StatusKey.self, forKey: .status)
        containers = try Self.containers(status)
        let phase = try status.decodeIfPresent(String.self, forKey: .phase) ?? ""
        hasEnded = phase == "Succeeded" || phase == "Failed"
        if isHostNetwork || hasEnded {
            addresses = []
            return
        }
        var texts = try status.decodeIfPresent([Address].self, forKey: .podIPs)?.map(\.ip) ?? []
        if texts.isEmpty, let one = try status.decodeIfPresent(String.self, forKey: .podIP) {
            texts = [one]
        }
        addresses = texts.compactMap { IPAddress($0) }
    }

    /// `pod-template-hash`, which a Deployment gives its pods and appends to its ReplicaSet's name; empty without.
    package var templateHash: String { traits["pod-template-hash"] ?? "" }

    /// Three words for each container are much where all pods of a cluster are held, and of other nodes nobody asks.
    package var withoutContainers: PodRecord {
        var record = self
        record.containers = []
        return record
    }

    private static func containers(
        _ status: KeyedDecodingContainer<StatusKey>
    ) throws -> [String] {
        let keys: [StatusKey] = [
            .containerStatuses, .initContainerStatuses, .ephemeralContainerStatuses,
        ]
        return try keys.flatMap { key -> [String] in
            let all = try status.decodeIfPresent([ContainerStatus].self, forKey: key) ?? []
            return all.compactMap { status in
                let id = status.containerID?.split(separator: "/").last.map(String.init)
                return id.flatMap { $0.isEmpty ? nil : $0 }
            }
        }
    }

    private static func ports(
        _ spec: KeyedDecodingContainer<SpecKey>
    ) throws -> [PodTraits.NamedPort] {
        let containers = try spec.decodeIfPresent([Container].self, forKey: .containers) ?? []
        return containers.flatMap { $0.ports ?? [] }.compactMap { port in
            guard let name = port.name, let number = UInt16(exactly: port.containerPort) else {
                return nil
            }
            return PodTraits.NamedPort(
                name: name, protocolName: port.protocol ?? "TCP", number: number)
        }
    }
}
