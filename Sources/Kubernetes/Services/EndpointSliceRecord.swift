package import MetricSchema
package import Observability

/// A part of a service's endpoints.
package struct EndpointSliceRecord: KubernetesRecord, Equatable {
    package static let resource = Resource("/apis/discovery.k8s.io/v1/endpointslices")

    package let key: ObjectKey
    package let uid: ObjectUID
    package let version: UInt64
    /// Empty for a slice that is no service's.
    package let service: String
    package let hosts: [Host]
    package let ports: [ServicePort]

    /// Who has one or more endpoints: one for each port.
    package struct Host: Equatable, Sendable {
        package let address: IPAddress
        package let place: ServicePlace
    }

    private enum Key: CodingKey { case metadata, endpoints, ports }
    private struct Endpoint: Decodable {
        struct Hints: Decodable {
            struct Zone: Decodable { let name: String? }
            let forZones: [Zone]?
        }
        let addresses: [String]?
        let zone: String?
        let hints: Hints?

        var host: Host? {
            // Of an endpoint's addresses the first counts: all are the same pod's, and consumers take that one.
            guard let address = addresses?.first.flatMap({ IPAddress($0) }) else { return nil }
            return Host(
                address: address,
                place: .shared(
                    zone: zone ?? "", hints: (hints?.forZones ?? []).compactMap(\.name)))
        }
    }

    package init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        let meta = try object.decode(ObjectMeta.self, forKey: .metadata)
        key = meta.key
        uid = meta.uid
        version = meta.version
        service = meta.labels["kubernetes.io/service-name"] ?? ""
        let endpoints = try object.decodeIfPresent([Endpoint].self, forKey: .endpoints) ?? []
        hosts = endpoints.compactMap(\.host)
        ports = ServicePort.list(
            try object.decodeIfPresent([ServicePort.Document].self, forKey: .ports))
    }

    package var label: ServiceLabel { ServiceLabel(namespace: key.namespace, name: service) }

    /// TCP's and UDP's alike: few services have different ones.
    package var endpoints: [ServiceIndex.Endpoint] {
        if service.isEmpty { return [] }
        return hosts.flatMap { host in
            ports.map {
                ServiceIndex.Endpoint(address: host.address, port: $0.number, place: host.place)
            }
        }
    }
}
