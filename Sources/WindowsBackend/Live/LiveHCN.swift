import CWindowsNet

/// computenetwork.dll. Anywhere but on Windows every call fails with E_NOTIMPL.
package struct LiveHCN: HCNTransport {
    /// HostComputeQuery without a filter (microsoft/hcsshim, hcn/hcn.go).
    private static let query =
        Array(
            #"{"SchemaVersion":{"Major":2,"Minor":0},"Flags":0}"#.utf16) + [0]

    package init() {}

    package func list(_ kind: HCNKind) throws(WindowsCallError) -> [UInt8] {
        let list = try LiveCall.answer(kind.listCall) {
            fovea_hcn_list(kind.inC, Self.query, $0)
        }
        return list.isEmpty ? Array("[]".utf8) : list
    }

    package func properties(of kind: HCNKind, _ id: GUID) throws(WindowsCallError) -> [UInt8] {
        try LiveCall.answer(kind.propertiesCall(id)) {
            fovea_hcn_properties(kind.inC, "\(id)", Self.query, $0)
        }
    }
}

extension HCNKind {
    fileprivate var inC: fovea_hcn_kind {
        switch self {
        case .networks: FOVEA_HCN_NETWORKS
        case .endpoints: FOVEA_HCN_ENDPOINTS
        case .namespaces: FOVEA_HCN_NAMESPACES
        case .loadBalancers: FOVEA_HCN_LOAD_BALANCERS
        }
    }
}
