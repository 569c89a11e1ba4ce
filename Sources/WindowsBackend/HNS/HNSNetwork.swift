import MetricSchema

/// A network as `GET /networks/` lists it (HNSNetwork in microsoft/hcsshim, internal/hns) or as
/// HcnQueryNetworkProperties describes it (HostComputeNetwork in hcn).
package struct HNSNetwork: Equatable, Sendable {
    package let id: GUID
    package let name: String
    package let kind: Kind
    /// Prefixes as they are written: `10.244.2.0/24`.
    package let subnets: [String]
    /// Of the object, where version 1 gives it.
    package let version: HNSVersion?

    /// In lower case: the systems write `NAT`, `nat`, `Overlay` and `overlay`. Kinds we do not know stay as
    /// they are.
    package struct Kind: RawRepresentable, Hashable, Sendable {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue.lowercased() }
        package static let nat = Kind(rawValue: "nat")
    }

    /// Nil where there is no ID to know it by.
    package init?(_ value: JSONValue, noting unreadable: inout UnreadableValues) {
        guard let object = SparseObject(value), let id = object.guid("ID", noting: &unreadable)
        else { return nil }
        self.id = id
        name = object.string("Name", noting: &unreadable) ?? ""
        // NAT is the first of the enumeration and so is left out by version 2.
        kind = object.string("Type", noting: &unreadable).map(Kind.init(rawValue:)) ?? .nat
        version = object.count("Version", noting: &unreadable).map(HNSVersion.init(packed:))
        var subnets = object.list("Subnets", noting: &unreadable, Self.prefix)
        let ipams = object.list("Ipams", noting: &unreadable) { value, unreadable in
            SparseObject(value)?.list("Subnets", noting: &unreadable, Self.prefix)
        }
        for more in ipams { subnets += more }
        self.subnets = subnets
    }

    private static func prefix(_ value: JSONValue, _ unreadable: inout UnreadableValues) -> String?
    {
        SparseObject(value)?.string("AddressPrefix", "IpAddressPrefix", noting: &unreadable)
    }
}
