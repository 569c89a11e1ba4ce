package import Observability

/// A service's frontends and the endpoints behind them: HostComputeLoadBalancer in microsoft/hcsshim, hcn;
/// in version 1 an entry of `GET /policylists/`.
package struct HNSLoadBalancer: Equatable, Sendable {
    package let id: GUID
    package let endpoints: [GUID]
    package let frontends: [Frontend]
    /// Whether answers go around the load balancer (DSR).
    package let isDirect: Bool

    package struct Frontend: Hashable, Sendable {
        /// Nil where the service is on the node's own addresses (NodePort).
        package let address: IPAddress?
        package let port: UInt16
        /// The port of the endpoints.
        package let target: UInt16
        /// 6 or 17.
        package let transport: UInt8
    }

    /// Nil where there is no ID, and in version 1 where the policies are no load balancer's.
    package init?(_ value: JSONValue, noting unreadable: inout UnreadableValues) {
        guard let object = SparseObject(value), let id = object.guid("ID", noting: &unreadable)
        else { return nil }
        self.id = id
        if object.value["HostComputeEndpoints"] != nil || object.value["PortMappings"] != nil {
            let addresses = object.list("FrontendVIPs", noting: &unreadable) { value, _ in
                value.text.flatMap { IPAddress($0) }
            }
            endpoints = object.list("HostComputeEndpoints", noting: &unreadable) { value, _ in
                value.text.flatMap { GUID($0) }
            }
            frontends = object.list("PortMappings", noting: &unreadable) { value, unreadable in
                SparseObject(value).map { Self.frontends($0, addresses, &unreadable) }
            }.flatMap { $0 }
            let flags = object.count("Flags", noting: &unreadable) ?? 0
            isDirect = flags & 1 != 0
            return
        }
        endpoints = object.list("References", noting: &unreadable) { value, _ in
            value.text?.split(separator: "/").last.flatMap { GUID($0) }
        }
        let policies = object.list("Policies", noting: &unreadable) { value, _ in
            SparseObject(value)
        }.filter {
            guard case .string(let type) = $0.value["Type"] else { return false }
            return type.isEqual(ignoringCaseOf: "ELB")
        }
        if policies.isEmpty { return nil }
        var frontends: [Frontend] = []
        var isDirect = false
        for policy in policies {
            let addresses = policy.list("VIPs", noting: &unreadable) { value, _ in
                value.text.flatMap { IPAddress($0) }
            }
            frontends += Self.frontends(policy, addresses, &unreadable)
            isDirect = policy.bool("IsDSR", noting: &unreadable) ?? false || isDirect
        }
        self.frontends = frontends
        self.isDirect = isDirect
    }

    /// One for each address, or one without any.
    private static func frontends(
        _ mapping: SparseObject, _ addresses: [IPAddress], _ unreadable: inout UnreadableValues
    ) -> [Frontend] {
        guard
            let port = mapping.integer("ExternalPort", as: UInt16.self, noting: &unreadable),
            let target = mapping.integer("InternalPort", as: UInt16.self, noting: &unreadable)
        else { return [] }
        let transport = mapping.integer("Protocol", as: UInt8.self, noting: &unreadable) ?? 6
        let all: [IPAddress?] = addresses.isEmpty ? [nil] : addresses
        return all.map { Frontend(address: $0, port: port, target: target, transport: transport) }
    }
}
