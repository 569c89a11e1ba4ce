/// What the Host Compute Network service, version 2 of its API, has of a node.
package enum HCNKind: String, CaseIterable, Sendable {
    case networks, endpoints, namespaces
    case loadBalancers = "loadbalancers"
}

/// Asks the Host Compute Network service (computenetwork.dll) and gives back UTF-8 JSON.
///
/// An object can go between the list and the question for it: that error says `isNotFound`.
package protocol HCNTransport: Sendable {
    /// `HcnEnumerate…` of everything: a JSON array of GUIDs. No answer at all is an empty array.
    func list(_ kind: HCNKind) throws(WindowsCallError) -> [UInt8]

    /// `HcnOpen…`, `HcnQuery…Properties`, `HcnClose…`: one document.
    func properties(of kind: HCNKind, _ id: GUID) throws(WindowsCallError) -> [UInt8]
}

extension HCNKind {
    /// The list's call, for errors.
    var listCall: String { "HcnEnumerate\(object)s" }
    /// The calls for one document, for errors.
    func propertiesCall(_ id: GUID) -> String { "HcnQuery\(object)Properties(\(id))" }

    private var object: String {
        switch self {
        case .networks: "Network"
        case .endpoints: "Endpoint"
        case .namespaces: "Namespace"
        case .loadBalancers: "LoadBalancer"
        }
    }

    /// Where the list is in a recording.
    var listFile: String { "hcn/\(rawValue).json" }
    /// Where one document is in a recording.
    func file(_ id: GUID) -> String { "hcn/\(rawValue)/\(id.fileName).json" }
}
