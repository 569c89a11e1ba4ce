import MetricSchema
package import Observability

/// An endpoint of this node and whose it is.
struct OwnedEndpoint: Sendable {
    let endpoint: HNSEndpoint
    let owner: Identity
    let rule: EndpointRule
}

/// Lists the endpoints of this node with their owners, once for all collectors of a scrape: two calls where version 1
/// of HNS's API is there.
package final class EndpointReader: Sendable {
    private let inventory: any NetworkInventory
    private let shared: SharedReading<List>

    /// `pods` are those of this node.
    package init(
        _ inventory: any NetworkInventory, pods: @escaping @Sendable () -> [LocalPod] = { [] },
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.inventory = inventory
        let names = EndpointNames()
        shared = SharedReading(now: now) {
            try List(reading: inventory, pods: pods, naming: names)
        }
    }

    package convenience init(_ hns: any HNSTransport) {
        self.init(HNSInventory(hns))
    }

    struct List: Sendable {
        /// All that HNS knows, remote ones too.
        var all: [HNSEndpoint] = []
        var listed: Set<String> = []
        /// Those that traffic can pass.
        var endpoints: [OwnedEndpoint] = []
        /// Nil where HNS does not tell them.
        var namespaces: [HNSNamespace]?
        var errors: [HNSError] = []
        var unreadable = UnreadableValues()
    }

    /// Blocks.
    func list(for reader: CollectorName) throws -> List {
        try shared.latest(for: reader)
    }

    /// The keys of the endpoints there are at this moment, whatever they carry.
    func keys() throws -> Set<String> {
        Set(try inventory.endpoints().endpoints.map(\.key))
    }
}

extension EndpointReader.List {
    fileprivate init(
        reading inventory: any NetworkInventory, pods: @Sendable () -> [LocalPod],
        naming names: EndpointNames
    ) throws {
        let known = try inventory.endpoints()
        all = known.endpoints
        listed = Set(known.endpoints.map(\.key))
        errors = known.unreadable
        unreadable += known.unreadableValues
        // What they say of containers is in the endpoints too on most systems, so a failure costs little.
        namespaces = try? inventory.namespaces(noting: &unreadable)
        let resolver = EndpointResolver(
            pods: pods(), namespaces: namespaces ?? [], endpoints: known.endpoints)
        names.forget(allBut: listed)
        endpoints = known.endpoints.filter(\.carriesTraffic).map { names.owned($0, by: resolver) }
    }
}
