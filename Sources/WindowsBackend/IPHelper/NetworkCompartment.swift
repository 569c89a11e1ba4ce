import MetricSchema

/// The network compartment of a pod's containers, by which IP Helper knows their network namespace.
struct NetworkCompartment: Sendable, Equatable {
    /// Of the namespace and its compartment.
    let key: String
    let number: UInt32
    let owner: Identity

    /// That of the host, and of all that has none of its own.
    static let host: UInt32 = 1
}

extension EndpointReader.List {
    /// Those whose pod is told by an endpoint in them. A number that two namespaces claim is nobody's, and what is in
    /// a virtual machine is not read from here.
    var compartments: [NetworkCompartment] {
        let byNamespace = Dictionary(grouping: endpoints.filter { $0.endpoint.namespace != nil }) {
            $0.endpoint.namespace
        }
        let byID = Dictionary(
            endpoints.compactMap { endpoint in GUID(endpoint.endpoint.id).map { ($0, endpoint) } },
            uniquingKeysWith: { first, _ in first })
        var compartments: [NetworkCompartment] = []
        for namespace in namespaces ?? [] {
            guard !namespace.isGuest, let number = namespace.compartment,
                number > NetworkCompartment.host
            else { continue }
            let inside =
                (byNamespace[namespace.id] ?? []) + namespace.endpoints.compactMap { byID[$0] }
            // Several are mostly one pod's; that which is known as a pod's names them.
            let known = inside.first { $0.rule != .ownName } ?? inside.first
            guard let owner = known?.owner else { continue }
            compartments.append(
                NetworkCompartment(key: "\(namespace.id)/\(number)", number: number, owner: owner))
        }
        let claims = Dictionary(grouping: compartments, by: \.number)
        return compartments.filter { claims[$0.number]?.count == 1 }
    }
}
