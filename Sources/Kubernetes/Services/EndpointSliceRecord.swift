package import MetricSchema
package import Observability

/// A part of a service's endpoints.
package struct EndpointSliceRecord: KubernetesRecord, Equatable {
    package static let resource = Resource("/apis/discovery.k8s.io/v1/endpointslices")

    package let key: ObjectKey
    package let uid: String
    package let version: UInt64
    /// Empty for a slice that is no service's.
    package let service: String
    package let addresses: [IPAddress]
    package let ports: [ServicePort]

    private enum Key: CodingKey { case metadata, endpoints, ports }
    private struct Endpoint: Decodable { let addresses: [String]? }

    package init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        let meta = try object.decode(ObjectMeta.self, forKey: .metadata)
        key = meta.key
        uid = meta.uid
        version = meta.version
        service = meta.labels["kubernetes.io/service-name"] ?? ""
        let endpoints = try object.decodeIfPresent([Endpoint].self, forKey: .endpoints) ?? []
        // Of an endpoint's addresses the first counts: all are the same pod's, and consumers take that one.
        addresses = endpoints.compactMap { $0.addresses?.first.flatMap { IPAddress($0) } }
        ports = ServicePort.list(
            try object.decodeIfPresent([ServicePort.Document].self, forKey: .ports))
    }

    package var label: ServiceLabel { ServiceLabel(namespace: key.namespace, name: service) }

    /// TCP's and UDP's alike: few services have different ones.
    package var backends: [ServiceIndex.Backend] {
        if service.isEmpty { return [] }
        return addresses.flatMap { address in
            ports.map { ServiceIndex.Backend(address: address, port: $0.number) }
        }
    }
}
