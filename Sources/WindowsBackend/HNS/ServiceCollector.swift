package import MetricSchema
package import Observability
import Synchronization

/// The load balancers, networks, policies and version of HNS. Three calls a scrape, however many there are, and the
/// list of endpoints that all collectors share.
package final class ServiceCollector: Collector {
    package let name = CollectorName("services")
    static let metrics: [MetricDescriptor] = [
        Catalog.serviceBackends.descriptor, Catalog.serviceBackend.descriptor,
        Catalog.hnsNetworks.descriptor, Catalog.endpointPolicies.descriptor,
        Catalog.hnsVersion.descriptor,
    ]

    private let inventory: any NetworkInventory
    private let endpoints: EndpointReader
    private let unreadable = Mutex<UInt64>(0)

    package init(_ inventory: any NetworkInventory, _ endpoints: EndpointReader) {
        self.inventory = inventory
        self.endpoints = endpoints
    }

    package func collect(into samples: inout SampleBuffer) throws {
        var unreadable = UnreadableValues()
        // First, since a list that is not taken in its scrape is the next one's: a failure long over.
        let endpoints = try endpoints.list(for: name).all
        let networks = try inventory.networks(noting: &unreadable)
        let balancers = try inventory.loadBalancers(noting: &unreadable)
        let addresses = Dictionary(
            endpoints.compactMap { endpoint in
                GUID(endpoint.id).map { ($0, endpoint.addresses) }
            }, uniquingKeysWith: { first, _ in first })
        var backends: [ServiceFrontend: Set<ServiceBackend>] = [:]
        for balancer in balancers {
            for frontend in balancer.frontends {
                let transport: TransportProtocol =
                    switch frontend.transport {
                    case 6: .tcp
                    case 17: .udp
                    default: .other
                    }
                let label = ServiceFrontend(
                    address: frontend.address.map { "\($0)" } ?? "", port: frontend.port,
                    transport: transport)
                let isV4 = frontend.address?.isV4
                // A service without any backend is worth a line of its own.
                backends[label] = backends[label] ?? []
                for endpoint in balancer.endpoints {
                    let known = addresses[endpoint] ?? []
                    // Of the frontend's own family, if the endpoint has both.
                    let address = known.first { isV4 == nil || $0.isV4 == isV4 } ?? known.first
                    backends[label, default: []].insert(
                        ServiceBackend(
                            backend: address.map { "\($0)" } ?? "\(endpoint)", port: frontend.target
                        )
                    )
                }
            }
        }
        for (frontend, backends) in backends {
            samples.add(UInt64(backends.count), to: Catalog.serviceBackends, frontend)
            for backend in backends {
                samples.add(1 as UInt64, to: Catalog.serviceBackend, frontend, backend)
            }
        }
        for (kind, all) in Dictionary(grouping: networks, by: \.kind) {
            samples.add(
                UInt64(all.count), to: Catalog.hnsNetworks, HNSNetworkKind(kind.rawValue))
        }
        let kinds = endpoints.filter { !$0.isRemote }.flatMap(\.policies).map(\.kind)
        for (kind, all) in Dictionary(grouping: kinds, by: \.self) {
            samples.add(UInt64(all.count), to: Catalog.endpointPolicies, HNSPolicyKind(kind))
        }
        if let version = inventory.version() {
            samples.add(1 as UInt64, to: Catalog.hnsVersion, Version("\(version)"))
        }
        let total = self.unreadable.withLock { total in
            total += unreadable.count
            return total
        }
        samples.add(total, to: Catalog.windowsUnreadable, name)
    }
}
