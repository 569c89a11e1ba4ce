import Dispatch
import MetricSchema
import Observability
import Synchronization

/// An endpoint of this node and whose it is.
struct OwnedEndpoint: Sendable {
    let endpoint: HNSEndpoint
    let owner: Identity
    let rule: EndpointRule
}

/// Lists the endpoints of this node with their owners, once for all collectors of a scrape: two calls where version 1
/// of HNS's API is there.
///
/// Collectors run side by side and nobody tells them which scrape they are in. A list is every collector's once:
/// who has had it gets the next, and so does who comes after `sharing`, having been late or busy. That HNS did not
/// answer is shared as well.
package final class EndpointReader: Sendable {
    private static let sharing = Duration.seconds(10)

    private struct Reading {
        let result: Result<List, any Error>
        let taken: ContinuousClock.Instant
        var readers: Set<CollectorName>
    }

    private let inventory: any NetworkInventory
    private let pods: @Sendable () -> [PodRecord]
    private let now: @Sendable () -> ContinuousClock.Instant
    /// While one asks HNS, the others wait for the same answer.
    private let turn = DispatchQueue(label: "hns endpoint list")
    private let last = Mutex<Reading?>(nil)

    package init(
        _ inventory: any NetworkInventory, pods: @escaping @Sendable () -> [PodRecord] = { [] },
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.inventory = inventory
        self.pods = pods
        self.now = now
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
        try turn.sync {
            let now = now()
            let shared = last.withLock { last -> Result<List, any Error>? in
                guard let reading = last, now - reading.taken < Self.sharing,
                    last?.readers.insert(reader).inserted == true
                else { return nil }
                return reading.result
            }
            if let shared { return try shared.get() }
            let result = Result { try read() }
            last.withLock { $0 = Reading(result: result, taken: now, readers: [reader]) }
            return try result.get()
        }
    }

    private func read() throws -> List {
        let known = try inventory.endpoints()
        var list = List()
        list.all = known.endpoints
        list.listed = Set(known.endpoints.map(\.key))
        list.errors = known.unreadable
        list.unreadable += known.unreadableValues
        // What they say of containers is in the endpoints too on most systems, so a failure costs little.
        list.namespaces = try? inventory.namespaces(noting: &list.unreadable)
        let resolver = EndpointResolver(pods: pods(), namespaces: list.namespaces ?? [])
        for endpoint in known.endpoints where endpoint.carriesTraffic {
            let (owner, rule) = resolver.owner(of: endpoint)
            list.endpoints.append(OwnedEndpoint(endpoint: endpoint, owner: owner, rule: rule))
        }
        return list
    }

    /// The keys of the endpoints there are at this moment, whatever they carry.
    func keys() throws -> Set<String> {
        Set(try inventory.endpoints().endpoints.map(\.key))
    }
}
