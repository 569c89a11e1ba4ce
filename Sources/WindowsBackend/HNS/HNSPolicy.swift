package import Observability

/// One of an endpoint's policies. Version 1 writes its settings beside the type, version 2 in `Settings`.
package enum HNSPolicy: Equatable, Sendable {
    case acl(ACLRule)
    case route(HNSRoute)
    /// Any other, by its type as it is written.
    case other(String)

    /// Nil where there is no type.
    init?(_ value: JSONValue, noting unreadable: inout UnreadableValues) {
        guard let object = SparseObject(value),
            let type = object.string("Type", noting: &unreadable)
        else { return nil }
        let settings = object.object("Settings", noting: &unreadable) ?? object
        switch type.lowercased() {
        case "acl": self = .acl(ACLRule(settings, noting: &unreadable))
        case "sdnroute", "route": self = .route(HNSRoute(settings, noting: &unreadable))
        default: self = .other(type)
        }
    }

    /// In lower case, since systems differ in that; of a rule with what it does: `acl_block`.
    package var kind: String {
        switch self {
        case .acl(let rule): "acl_\(rule.action)"
        case .route: "route"
        case .other(let type): type.lowercased()
        }
    }
}

/// A way out of an endpoint: SDNRoute of version 2 (SDNRoutePolicySetting in microsoft/hcsshim,
/// hcn/hcnpolicy.go), ROUTE of version 1.
package struct HNSRoute: Equatable, Sendable {
    /// A prefix as it is written.
    package let destination: String
    /// Nil where it is the network's gateway.
    package let nextHop: IPAddress?
    package let isEncapsulated: Bool

    init(_ settings: SparseObject, noting unreadable: inout UnreadableValues) {
        destination = settings.string("DestinationPrefix", noting: &unreadable) ?? ""
        let hop = settings.string("NextHop", noting: &unreadable) ?? ""
        nextHop = IPAddress(hop)
        if nextHop == nil, !hop.isEmpty { unreadable.note("NextHop") }
        isEncapsulated = settings.bool("NeedEncap", noting: &unreadable) ?? false
    }
}

/// What is let through to or from an endpoint (AclPolicySetting in microsoft/hcsshim, hcn/hcnpolicy.go).
package struct ACLRule: Equatable, Sendable {
    package enum Action: Equatable, Sendable, CustomStringConvertible {
        case allow, block, pass
        case other(String)

        package var description: String {
            switch self {
            case .allow: "allow"
            case .block: "block"
            case .pass: "pass"
            case .other: "other"
            }
        }
    }

    package let action: Action
    /// True for what comes to the endpoint; nil where it is not said.
    package let isIngress: Bool?
    /// Numbers of protocols; empty for all.
    package let protocols: [UInt8]
    /// Prefixes and ports as they are written, each list empty for all.
    package let localAddresses: [String]
    package let remoteAddresses: [String]
    package let localPorts: [String]
    package let remotePorts: [String]
    /// Smaller goes first.
    package let priority: UInt16?

    init(_ settings: SparseObject, noting unreadable: inout UnreadableValues) {
        let action = settings.string("Action", noting: &unreadable) ?? ""
        self.action =
            switch action.lowercased() {
            case "allow": .allow
            case "block": .block
            case "pass": .pass
            default: .other(action)
            }
        switch settings.string("Direction", noting: &unreadable)?.lowercased() {
        case "in": isIngress = true
        case "out": isIngress = false
        default: isIngress = nil
        }
        var protocols: [UInt8] = []
        for text in Self.list(settings, "Protocols", "Protocol", &unreadable) {
            if let number = UInt8(text) {
                // 256 stood for any in version 1; it is no UInt8 and ends up below.
                protocols.append(number)
            } else if text != "256" {
                unreadable.note("Protocols")
            }
        }
        self.protocols = protocols
        localAddresses = Self.list(settings, "LocalAddresses", "LocalAddress", &unreadable)
        remoteAddresses = Self.list(settings, "RemoteAddresses", "RemoteAddress", &unreadable)
        localPorts = Self.list(settings, "LocalPorts", "LocalPort", &unreadable)
        remotePorts = Self.list(settings, "RemotePorts", "RemotePort", &unreadable)
        priority = settings.integer("Priority", noting: &unreadable)
    }

    /// `"6,17"`, or in version 1 a number; zero and nothing mean all.
    private static func list(
        _ settings: SparseObject, _ name: String, _ older: String,
        _ unreadable: inout UnreadableValues
    ) -> [String] {
        switch settings.value[name] ?? settings.value[older] {
        case .string(let text):
            return text.split(separator: ",").map { part in
                String(part.drop { $0 == " " }.prefix { $0 != " " })
            }.filter { !$0.isEmpty }
        case .count(let number): return number == 0 ? [] : ["\(number)"]
        case nil: return []
        default:
            unreadable.note(name)
            return []
        }
    }
}
