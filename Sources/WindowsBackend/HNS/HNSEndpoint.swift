package import MetricSchema
package import Observability

/// One endpoint as `GET /endpoints/` lists it (HNSEndpoint in microsoft/hcsshim,
/// internal/hns/hnsendpoint.go) or as HcnQueryEndpointProperties describes it (HostComputeEndpoint
/// in hcn), as far as its numbers need it.
package struct HNSEndpoint: Equatable, Sendable {
    /// A GUID as HNS writes it, which is in upper case on some systems. It becomes part of a path, so
    /// nothing else may pass for one.
    package let id: String
    /// Given by the CNI plugin; Azure's writes `<sandbox>-eth0`. May be empty.
    package let name: String
    /// An endpoint of another node that kube-proxy or flannel told HNS of. No packet is counted at
    /// it.
    package let isRemote: Bool
    package let state: State
    package let network: GUID?
    /// The network namespace of its pod; nil while it is in none.
    package let namespace: GUID?
    package let macAddress: MACAddress?
    /// IPv4 and IPv6 in the order they are listed.
    package let addresses: [IPAddress]
    /// IDs of the containers that use it, of which the pod's sandbox is one.
    package let containers: [String]
    /// The name of its VFP port, where HNS tells it.
    package let port: GUID?
    package let policies: [HNSPolicy]

    /// Where an endpoint is in its life. Systems may know more states than we do.
    package struct State: RawRepresentable, Hashable, Sendable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }
        package static let uninitialized = State(rawValue: 0)
        package static let created = State(rawValue: 1)
        /// To a virtual machine, which may be a pod's with Hyper-V isolation.
        package static let attached = State(rawValue: 2)
        /// To the namespace of a pod with process isolation.
        package static let attachedSharing = State(rawValue: 3)
        package static let detached = State(rawValue: 4)
        package static let degraded = State(rawValue: 5)
        package static let destroyed = State(rawValue: 6)
    }

    /// What decides whether and as whom it is counted must be readable; a bad value anywhere else is noted
    /// and missing.
    package init(
        parsing fields: HNSFields, noting unreadable: inout UnreadableValues
    ) throws(HNSError) {
        guard let object = SparseObject(fields.value) else {
            throw fields.malformed("an endpoint is no object")
        }
        guard let id = try fields.string("ID"), GUID(id) != nil else {
            throw fields.malformed("an endpoint's ID is no GUID")
        }
        self.id = id
        name = try fields.string("Name") ?? ""
        let flags = object.count("Flags", noting: &unreadable) ?? 0
        isRemote = try fields.bool("IsRemoteEndpoint") ?? (flags & 1 != 0)
        state = State(rawValue: try fields.count("State") ?? 0)
        network = object.guid("VirtualNetwork", "HostComputeNetwork", noting: &unreadable)
        namespace =
            object.object("Namespace", noting: &unreadable)?.guid("ID", noting: &unreadable)
            ?? object.guid("HostComputeNamespace", noting: &unreadable)
        macAddress = Self.parsed(object, "MacAddress", &unreadable) { MACAddress($0) }
        addresses = Self.addresses(of: object, noting: &unreadable)
        containers = object.list("SharedContainers", noting: &unreadable) { value, _ in value.text }
        port = HNSEndpointPort.guid(of: object, noting: &unreadable)
        policies = object.list("Policies", noting: &unreadable) { value, unreadable in
            HNSPolicy(value, noting: &unreadable)
        }
    }

    private static func addresses(
        of object: SparseObject, noting unreadable: inout UnreadableValues
    ) -> [IPAddress] {
        var addresses = object.list("IpConfigurations", noting: &unreadable) {
            value, unreadable -> IPAddress? in
            SparseObject(value).flatMap {
                parsed($0, "IpAddress", &unreadable) { IPAddress($0) }
            }
        }
        for name in ["IPAddress", "IPv6Address"] {
            let address = parsed(object, name, &unreadable) { IPAddress($0) }
            if let address, !addresses.contains(address) { addresses.append(address) }
        }
        return addresses
    }

    private static func parsed<T>(
        _ object: SparseObject, _ name: String, _ unreadable: inout UnreadableValues,
        _ parse: (String) -> T?
    ) -> T? {
        guard let text = object.string(name, noting: &unreadable), !text.isEmpty else { return nil }
        if let value = parse(text) { return value }
        unreadable.note(name)
        return nil
    }

    /// The same for the same endpoint, however its ID is written.
    package var key: String { id.lowercased() }

    /// Without a cluster to ask, the name stands for the pod.
    package var identity: Identity {
        Identity(pod: name.isEmpty ? id : name)
    }

    /// It is on this node, and attached to something that can send. States we do not know count:
    /// showing an idle endpoint does less harm than hiding a busy one.
    package var carriesTraffic: Bool {
        !isRemote && ![.uninitialized, .created, .detached, .destroyed].contains(state)
    }
}

/// All endpoints HNS knows, and what was wrong with those that cannot be read.
package struct HNSEndpointList: Sendable {
    package private(set) var endpoints: [HNSEndpoint] = []
    package private(set) var unreadable: [HNSError] = []
    /// Values within endpoints that can be read.
    package private(set) var unreadableValues = UnreadableValues()

    /// A node without endpoints may have no output at all.
    package init(parsing fields: HNSFields) throws(HNSError) {
        guard let output = fields.value, output != .null else {
            self.init([], from: fields.request)
            return
        }
        guard case .array(let values) = output else {
            throw fields.malformed("the list of endpoints is no array")
        }
        self.init(values, from: fields.request)
    }

    init(
        _ documents: [JSONValue], from request: String, _ unreadable: UnreadableValues = .init()
    ) {
        unreadableValues = unreadable
        for (place, value) in documents.enumerated() {
            do {
                let entry = HNSFields(value, from: "\(request)[\(place)]")
                endpoints.append(try HNSEndpoint(parsing: entry, noting: &unreadableValues))
            } catch {
                self.unreadable.append(error)
            }
        }
    }
}
