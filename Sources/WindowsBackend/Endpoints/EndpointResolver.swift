package import MetricSchema
package import Observability

/// Tells whose an endpoint is, by the most trusted rule that says so. A rule that two pods answer to says
/// nothing, and neither does an address that two endpoints have.
///
/// An API server tells a pod's containers and not its sandbox, by which CNI plugins name endpoints and which is all
/// that HNS knows of some. HNS has both in one network namespace, so what shares that with a pod's container is the
/// pod's too.
package struct EndpointResolver: Sendable {
    private struct Container {
        let id: String
        let pod: Int
    }

    /// What is shorter than this may be another's.
    private static let digits = 12
    /// Names have the first eight.
    private static let digitsInNames = 8

    private let pods: [LocalPod]
    /// By their first eight digits.
    private var containers: [String: [Container]] = [:]
    private var addresses: [IPAddress: Set<Int>] = [:]
    /// Containers in the network namespaces that HNS knows.
    private var namespaces: [GUID: [String]] = [:]
    /// Of endpoints, where their namespace names them.
    private var namespacesOfEndpoints: [GUID: GUID] = [:]

    /// `endpoints` are all that there are.
    package init(
        pods: [LocalPod], namespaces: [HNSNamespace] = [], endpoints: [HNSEndpoint] = []
    ) {
        self.pods = pods
        for (number, pod) in pods.enumerated() {
            for id in pod.containers { add(id, of: number) }
            for address in pod.addresses { addresses[address, default: []].insert(number) }
        }
        for namespace in namespaces {
            self.namespaces[namespace.id, default: []] += namespace.containers
            for endpoint in namespace.endpoints { namespacesOfEndpoints[endpoint] = namespace.id }
            let owners = self.pods(of: namespace.containers)
            guard owners.count == 1, let owner = owners.first else { continue }
            for id in namespace.containers { add(id, of: owner) }
        }
        var seen: Set<IPAddress> = []
        for address in endpoints.lazy.filter(\.carriesTraffic).flatMap(\.addresses)
        where !seen.insert(address).inserted {
            addresses[address] = nil
        }
    }

    /// Without a pod that it is known to be of, an endpoint goes by its own name.
    package func owner(of endpoint: HNSEndpoint) -> (identity: Identity, rule: EndpointRule) {
        for rule in EndpointRule.allCases {
            let found = pods(of: endpoint, by: rule)
            if found.count == 1, let pod = found.first { return (pods[pod].identity, rule) }
        }
        return (endpoint.identity, .ownName)
    }

    private func pods(of endpoint: HNSEndpoint, by rule: EndpointRule) -> Set<Int> {
        switch rule {
        case .sandbox:
            return pods(of: endpoint.containers)
        case .namespace:
            let namespace =
                endpoint.namespace ?? GUID(endpoint.id).flatMap { namespacesOfEndpoints[$0] }
            return pods(of: namespace.flatMap { namespaces[$0] } ?? [])
        case .address:
            return endpoint.addresses.reduce(into: []) { $0.formUnion(addresses[$1] ?? []) }
        case .endpointName:
            // `<sandbox>_<network>` of most CNI plugins, `<8 digits>-eth0` of Azure's, `cid-<sandbox>` of EKS.
            let parts = endpoint.name.split { $0 == "_" || $0 == "-" }
            let id = parts.first == "cid" ? parts.dropFirst().first : parts.first
            return id.map { pods(of: String($0), atLeast: Self.digitsInNames) } ?? []
        case .ownName:
            return []
        }
    }

    // MARK: Containers

    private mutating func add(_ id: String, of pod: Int) {
        if id.utf8.count < Self.digits { return }
        let key = Self.key(id)
        if containers[key]?.contains(where: { $0.pod == pod && $0.id == id }) == true { return }
        containers[key, default: []].append(Container(id: id, pod: pod))
    }

    private func pods(of ids: [String]) -> Set<Int> {
        ids.reduce(into: []) { $0.formUnion(pods(of: $1, atLeast: Self.digits)) }
    }

    /// Containers are named by the first digits of their ID here and there.
    private func pods(of id: String, atLeast digits: Int) -> Set<Int> {
        if id.utf8.count < digits { return [] }
        let found = (containers[Self.key(id)] ?? []).filter { container in
            zip(container.id.utf8, id.utf8).allSatisfy { $0.lowercased == $1.lowercased }
        }
        return Set(found.map(\.pod))
    }

    private static func key(_ id: String) -> String {
        String(decoding: id.utf8.prefix(digitsInNames).map(\.lowercased), as: UTF8.self)
    }
}
