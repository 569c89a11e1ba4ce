/// One of an endpoint's policies. Version 1 writes its settings beside the type, version 2 in `Settings`.
package enum HNSPolicy: Equatable, Sendable {
    case acl(ACLRule)
    /// Any other, by its type as it is written.
    case other(String)

    /// Nil where there is no type.
    init?(_ value: JSONValue, noting unreadable: inout UnreadableValues) {
        guard let object = SparseObject(value),
            let type = object.string("Type", noting: &unreadable)
        else { return nil }
        guard type.isEqual(ignoringCaseOf: "ACL") else {
            self = .other(type)
            return
        }
        let settings = object.object("Settings", noting: &unreadable) ?? object
        self = .acl(ACLRule(settings, noting: &unreadable))
    }
}

/// What is let through to or from an endpoint (AclPolicySetting in microsoft/hcsshim, hcn/hcnpolicy.go).
package struct ACLRule: Equatable, Sendable {
    package enum Action: Equatable, Sendable {
        case allow, block, pass
        case other(String)
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
