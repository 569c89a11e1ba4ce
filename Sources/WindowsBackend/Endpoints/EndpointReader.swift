import MetricSchema

/// An endpoint of this node and whose it is.
struct OwnedEndpoint {
    let endpoint: HNSEndpoint
    let owner: Identity
    let rule: EndpointRule
}

/// Lists the endpoints of this node with their owners: two calls, however many there are.
package struct EndpointReader: Sendable {
    let hns: any HNSTransport
    private let pods: @Sendable () -> [PodRecord]

    package init(_ hns: any HNSTransport, pods: @escaping @Sendable () -> [PodRecord] = { [] }) {
        self.hns = hns
        self.pods = pods
    }

    struct List {
        /// All that HNS knows, remote ones too.
        var listed: Set<String> = []
        /// Those that traffic can pass.
        var endpoints: [OwnedEndpoint] = []
        var errors: [HNSError] = []
        var unreadable = UnreadableValues()
    }

    func list() throws(HNSError) -> List {
        let known = try HNSEndpointList(parsing: hns.get("/endpoints/"))
        let pods = pods()
        var list = List()
        var namespaces: [HNSNamespace] = []
        // What they say is in the endpoints too on most systems, so a failure costs nothing but that.
        if !pods.isEmpty, let fields = try? hns.get("/namespaces/"),
            let documents = try? HNSDocuments<HNSNamespace>(
                parsing: fields, { HNSNamespace($0, noting: &$1) })
        {
            namespaces = documents.all
            list.unreadable += documents.unreadable
        }
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
    func keys() throws(HNSError) -> Set<String> {
        Set(try HNSEndpointList(parsing: hns.get("/endpoints/")).endpoints.map(\.key))
    }
}
