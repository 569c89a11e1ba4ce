/// Where an endpoint's traffic is counted by VFP: the name of its port, out of what HNS allocated for it.
enum HNSEndpointPort {
    /// Version 1 has `Resources` beside the rest, version 2 in `Health.Extra`. There may be several
    /// allocators, some with empty names; the first of an endpoint's port wins.
    static func guid(of endpoint: SparseObject, noting unreadable: inout UnreadableValues) -> GUID?
    {
        let extra = endpoint.object("Health", noting: &unreadable)?
            .object("Extra", noting: &unreadable)
        guard
            let resources = extra?.object("Resources", noting: &unreadable)
                ?? endpoint.object("Resources", noting: &unreadable)
        else { return nil }
        let allocators = resources.list("Allocators", noting: &unreadable) {
            value, unreadable -> (isPort: Bool, port: GUID?)? in
            guard let allocator = SparseObject(value) else { return nil }
            let tag = allocator.string("Tag", noting: &unreadable) ?? ""
            return (
                tag.isEqual(ignoringCaseOf: "Endpoint Port"),
                allocator.guid("EndpointPortGuid", noting: &unreadable)
            )
        }
        return allocators.first { $0.isPort && $0.port != nil }?.port
            ?? allocators.first { $0.port != nil }?.port
    }
}
