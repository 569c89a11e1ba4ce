/// What HNS has of networks and services, by either version of its API.
package protocol NetworkInventory: Sendable {
    func networks(noting unreadable: inout UnreadableValues) throws -> [HNSNetwork]
    func loadBalancers(noting unreadable: inout UnreadableValues) throws -> [HNSLoadBalancer]
    /// Every endpoint, remote ones too: services have backends on other nodes.
    func endpoints() throws -> HNSEndpointList
    func namespaces(noting unreadable: inout UnreadableValues) throws -> [HNSNamespace]
    /// Nil where it is not told.
    func version() -> HNSVersion?
}

/// Version 1: one call has all objects of a kind.
package struct HNSInventory: NetworkInventory {
    private let hns: any HNSTransport
    private let networksRead = LastReading<HNSDocuments<HNSNetwork>>()
    private let balancersRead = LastReading<HNSDocuments<HNSLoadBalancer>>()
    private let namespacesRead = LastReading<HNSDocuments<HNSNamespace>>()
    private let endpointsRead = LastReading<HNSEndpointList>()

    package init(_ hns: any HNSTransport) {
        self.hns = hns
    }

    package func networks(noting unreadable: inout UnreadableValues) throws -> [HNSNetwork] {
        let list = try read("/networks/", networksRead) { fields in
            try HNSDocuments(parsing: fields) { HNSNetwork($0, noting: &$1) }
        }
        unreadable += list.unreadable
        return list.all
    }

    package func loadBalancers(
        noting unreadable: inout UnreadableValues
    ) throws -> [HNSLoadBalancer] {
        let list = try read("/policylists/", balancersRead) { fields in
            try HNSDocuments(
                parsing: fields,
                // Lists of other policies are none of ours.
                unless: { $0["ID"] != nil },
                { HNSLoadBalancer($0, noting: &$1) })
        }
        unreadable += list.unreadable
        return list.all
    }

    package func endpoints() throws -> HNSEndpointList {
        try read("/endpoints/", endpointsRead) { try HNSEndpointList(parsing: $0) }
    }

    package func namespaces(
        noting unreadable: inout UnreadableValues
    ) throws -> [HNSNamespace] {
        let list = try read("/namespaces/", namespacesRead) { fields in
            try HNSDocuments(parsing: fields) { HNSNamespace($0, noting: &$1) }
        }
        unreadable += list.unreadable
        return list.all
    }

    private func read<Answer>(
        _ path: String, _ last: LastReading<Answer>, _ read: (HNSFields) throws -> Answer
    ) throws -> Answer {
        try last.answer(hns.call("GET", path)) {
            try read(HNSFields(parsing: $0, from: "GET \(path)"))
        }
    }

    package func version() -> HNSVersion? {
        (try? hns.get("/globals/version")).flatMap { try? HNSVersion(parsing: $0) }
    }
}

/// Version 2: a list of IDs, and then three calls for each object, which may be gone by then. Used where
/// version 1 is not there.
package struct HCNInventory: NetworkInventory {
    private let hcn: any HCNTransport
    /// The most objects of a kind that are asked for in one scrape.
    private let limit: Int

    package init(_ hcn: any HCNTransport, limit: Int = 2_000) {
        self.hcn = hcn
        self.limit = limit
    }

    package func networks(noting unreadable: inout UnreadableValues) throws -> [HNSNetwork] {
        try all(.networks, noting: &unreadable) { HNSNetwork($0, noting: &$1) }
    }

    package func loadBalancers(
        noting unreadable: inout UnreadableValues
    ) throws -> [HNSLoadBalancer] {
        try all(.loadBalancers, noting: &unreadable) { HNSLoadBalancer($0, noting: &$1) }
    }

    package func endpoints() throws -> HNSEndpointList {
        var unreadable = UnreadableValues()
        let documents = try all(.endpoints, noting: &unreadable) { value, _ in value }
        return HNSEndpointList(documents, from: "HcnQueryEndpointProperties", unreadable)
    }

    package func namespaces(
        noting unreadable: inout UnreadableValues
    ) throws -> [HNSNamespace] {
        try all(.namespaces, noting: &unreadable) { HNSNamespace($0, noting: &$1) }
    }

    package func version() -> HNSVersion? { nil }

    private func all<Document>(
        _ kind: HCNKind, noting unreadable: inout UnreadableValues,
        _ read: (JSONValue, inout UnreadableValues) -> Document?
    ) throws -> [Document] {
        let bytes = try hcn.list(kind)
        if bytes.isEmpty { return [] }
        guard case .array(let ids) = try JSONValue(parsing: bytes) else {
            throw JSONError(problem: "the list of \(kind.rawValue) is no array", offset: 0)
        }
        if ids.count > limit { throw HCNLimitError(kind: kind.rawValue, count: ids.count) }
        var documents: [Document] = []
        for id in ids {
            guard let id = id.text.flatMap({ GUID($0) }) else {
                unreadable.note(kind.rawValue)
                continue
            }
            do {
                let value = try JSONValue(parsing: hcn.properties(of: kind, id))
                if let document = read(value, &unreadable) {
                    documents.append(document)
                } else {
                    unreadable.note("\(kind.rawValue)/\(id)")
                }
            } catch let error as WindowsCallError where error.isNotFound {
                // Deleted since it was listed.
                continue
            } catch is JSONError {
                unreadable.note("\(kind.rawValue)/\(id)")
            }
        }
        return documents
    }
}

/// More objects than one scrape may ask for one by one.
package struct HCNLimitError: Error, CustomStringConvertible {
    let kind: String
    let count: Int
    package var description: String { "\(count) \(kind) are too many to ask for one by one" }
}
