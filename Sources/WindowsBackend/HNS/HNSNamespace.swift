/// A network namespace: the containers of one pod and their endpoints (HostComputeNamespace in
/// microsoft/hcsshim, hcn).
package struct HNSNamespace: Equatable, Sendable {
    package let id: GUID
    /// By which IP Helper knows it; nil where it has none.
    package let compartment: UInt32?
    /// IDs of containers, of which the pod's sandbox is one; sometimes only their first 12 digits.
    package let containers: [String]
    package let endpoints: [GUID]
    /// It is one within a virtual machine, whose compartments are not the host's to enter.
    package let isGuest: Bool

    /// Nil where there is no ID to know it by.
    package init?(_ value: JSONValue, noting unreadable: inout UnreadableValues) {
        guard let object = SparseObject(value),
            let id = object.guid("ID", "NamespaceGuid", noting: &unreadable)
        else { return nil }
        self.id = id
        // HNS itself spells it both ways.
        compartment = object.integer(
            "CompartmentId", "CompartmendId", "NamespaceId", noting: &unreadable)
        var containers = object.list("Containers", noting: &unreadable) { value, _ in value.text }
        var endpoints: [GUID] = []
        let resources = object.list("ResourceList", "Resources", noting: &unreadable) {
            value, unreadable -> (type: String, id: String)? in
            guard let resource = SparseObject(value) else { return nil }
            let data = resource.object("Data", noting: &unreadable)
            guard let id = data?.string("ID", noting: &unreadable) else { return nil }
            return (resource.string("Type", noting: &unreadable) ?? "", id)
        }
        for resource in resources {
            if resource.type.isEqual(ignoringCaseOf: "Container") {
                containers.append(resource.id)
            } else if let endpoint = GUID(resource.id) {
                endpoints.append(endpoint)
            }
        }
        // A container may be listed more than once.
        self.containers = containers.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        self.endpoints = endpoints
        isGuest =
            object.string("Type", noting: &unreadable)?.lowercased().hasPrefix("guest") ?? false
    }
}
