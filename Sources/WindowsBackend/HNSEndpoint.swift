package import MetricSchema

/// One endpoint as `GET /endpoints/` lists it, as far as its numbers need it (HNSEndpoint in
/// microsoft/hcsshim, internal/hns/hnsendpoint.go).
package struct HNSEndpoint: Equatable, Sendable {
    /// A GUID as HNS writes it, which is in upper case on some systems.
    package let id: String
    /// Given by the CNI plugin; Azure's writes `<sandbox>-eth0`. May be empty.
    package let name: String
    /// An endpoint of another node that kube-proxy or flannel told HNS of. No packet is counted at
    /// it.
    package let isRemote: Bool
    package let state: State

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

    package init(parsing fields: HNSFields) throws(HNSError) {
        guard case .object = fields.value else {
            throw fields.malformed("an endpoint is no object")
        }
        guard let id = try fields.string("ID"), Self.isGUID(id) else {
            throw fields.malformed("an endpoint's ID is no GUID")
        }
        self.id = id
        name = try fields.string("Name") ?? ""
        isRemote = try fields.bool("IsRemoteEndpoint") ?? false
        state = State(rawValue: try fields.count("State") ?? 0)
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

    /// The ID becomes part of a path, so nothing else may pass for one.
    private static func isGUID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.count == 36
            && bytes.enumerated().allSatisfy { place, byte in
                [8, 13, 18, 23].contains(place)
                    ? byte == UInt8(ascii: "-")
                    : Character(Unicode.Scalar(byte)).isHexDigit
            }
    }
}

/// All endpoints HNS knows, and what was wrong with those that cannot be read.
package struct HNSEndpointList: Sendable {
    package private(set) var endpoints: [HNSEndpoint] = []
    package private(set) var unreadable: [HNSError] = []

    /// A node without endpoints may have no output at all.
    package init(parsing fields: HNSFields) throws(HNSError) {
        guard let output = fields.value, output != .null else { return }
        guard case .array(let values) = output else {
            throw fields.malformed("the list of endpoints is no array")
        }
        for (place, value) in values.enumerated() {
            do {
                let entry = HNSFields(value, from: "\(fields.request)[\(place)]")
                endpoints.append(try HNSEndpoint(parsing: entry))
            } catch {
                unreadable.append(error)
            }
        }
    }
}
