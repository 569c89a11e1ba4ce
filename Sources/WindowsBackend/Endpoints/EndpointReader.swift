import MetricSchema

/// An endpoint of this node and whose it is.
struct OwnedEndpoint {
    let endpoint: HNSEndpoint
    let owner: Identity
    let rule: EndpointRule
}

/// Lists the endpoints of this node with their owners: two calls where version 1 of HNS's API is there.
package struct EndpointReader: Sendable {
    private let inventory: any NetworkInventory
    private let pods: @Sendable () -> [PodRecord]

    package init(
        _ inventory: any NetworkInventory, pods: @escaping @Sendable () -> [PodRecord] = { [] }
    ) {
        self.inventory = inventory
        self.pods = pods
    }

    package init(_ hns: any HNSTransport) {
        self.init(HNSInventory(hns))
    }

    struct List {
        /// All that HNS knows, remote ones too.
        var listed: Set<String> = []
        /// Those that traffic can pass.
        var endpoints: [OwnedEndpoint] = []
        var errors: [HNSError] = []
        var unreadable = UnreadableValues()
    }

    func list() throws -> List {
        let known = try inventory.endpoints()
        let pods = pods()
        var list = List()
        // What they say is in the endpoints too on most systems, so a failure costs nothing but that.
        let namespaces =
            pods.isEmpty ? [] : (try? inventory.namespaces(noting: &list.unreadable)) ?? []
        let resolver = EndpointResolver(pods: pods, namespaces: namespaces)
        list.listed = Set(known.endpoints.map(\.key))
        list.errors = known.unreadable
        list.unreadable += known.unreadableValues
        for endpoint in known.endpoints where endpoint.carriesTraffic {
            let (owner, rule) = resolver.owner(of: endpoint)
            list.endpoints.append(OwnedEndpoint(endpoint: endpoint, owner: owner, rule: rule))
        }
        return list
    }

    /// The keys of the endpoints there are now, whatever they carry.
    func keys() throws -> Set<String> {
        Set(try inventory.endpoints().endpoints.map(\.key))
    }
}
