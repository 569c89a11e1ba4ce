package import Observability

/// A network policy: the pods it selects, and what it allows these.
package struct NetworkPolicyRecord: KubernetesRecord, Equatable {
    package static let resource = Resource("/apis/networking.k8s.io/v1/networkpolicies")

    package let key: ObjectKey
    package let uid: ObjectUID
    package let version: UInt64
    package let selector: LabelSelector
    /// What the selected pods may not receive unless a rule allows it; nil where it says nothing of that.
    package let ingress: [PolicyRule]?
    /// The same of what they may send.
    package let egress: [PolicyRule]?

    private enum Key: CodingKey { case metadata, spec }
    private enum SpecKey: CodingKey { case podSelector, policyTypes, ingress, egress }

    package init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        let meta = try object.decode(ObjectMeta.self, forKey: .metadata)
        key = meta.key
        uid = meta.uid
        version = meta.version
        let spec = try object.nestedContainer(keyedBy: SpecKey.self, forKey: .spec)
        selector =
            try spec.decodeIfPresent(LabelSelector.self, forKey: .podSelector)
            ?? LabelSelector(matchLabels: nil, matchExpressions: nil)
        let ingress = try spec.decodeIfPresent([PolicyRule].self, forKey: .ingress) ?? []
        let egress = try spec.decodeIfPresent([PolicyRule].self, forKey: .egress) ?? []
        // Without types a policy is one of ingress, and of egress where it has rules for that.
        var types = try spec.decodeIfPresent([String].self, forKey: .policyTypes) ?? []
        if types.isEmpty { types = egress.isEmpty ? ["Ingress"] : ["Ingress", "Egress"] }
        self.ingress = types.contains("Ingress") ? ingress : nil
        self.egress = types.contains("Egress") ? egress : nil
    }

    /// Its rules for the pod at this end; nil where it leaves that direction alone.
    func rules(at end: FlowEnd) -> [PolicyRule]? { end == .client ? egress : ingress }
}

/// One of a policy's rules: it allows these peers on these ports.
package struct PolicyRule: Sendable, Equatable, Decodable {
    /// Nil or none is everybody.
    package let peers: [PolicyPeer]?
    /// Nil or none is every port of every protocol.
    package let ports: [PolicyPort]?

    private enum Key: CodingKey { case from, to, ports }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        peers =
            try fields.decodeIfPresent([PolicyPeer].self, forKey: .from)
            ?? fields.decodeIfPresent([PolicyPeer].self, forKey: .to)
        ports = try fields.decodeIfPresent([PolicyPort].self, forKey: .ports)
    }
}

package struct PolicyPeer: Sendable, Equatable, Decodable {
    /// Addresses in a range, but for those in others.
    package struct Block: Sendable, Equatable, Decodable {
        package let range: AddressRange
        package let except: [AddressRange]

        private enum Key: CodingKey { case cidr, except }

        package init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            func range(_ text: String, _ key: Key) throws -> AddressRange {
                guard let range = AddressRange(masking: text) else {
                    throw DecodingError.dataCorruptedError(
                        forKey: key, in: fields, debugDescription: "\(text) is no range")
                }
                return range
            }
            self.range = try range(fields.decode(String.self, forKey: .cidr), .cidr)
            except = try (fields.decodeIfPresent([String].self, forKey: .except) ?? []).map {
                try range($0, .except)
            }
        }

        package func contains(_ address: IPAddress) -> Bool {
            range.contains(address) && !except.contains { $0.contains(address) }
        }
    }

    /// Without a namespace selector pods of the policy's own namespace.
    package let podSelector: LabelSelector?
    package let namespaceSelector: LabelSelector?
    package let ipBlock: Block?
}

package struct PolicyPort: Sendable, Equatable, Decodable {
    package enum Port: Sendable, Equatable {
        case any
        case numbers(ClosedRange<UInt16>)
        case named(String)
    }

    /// As Kubernetes has it: TCP, UDP or SCTP.
    package let protocolName: String
    package let port: Port

    private enum Key: CodingKey { case `protocol`, port, endPort }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        protocolName = try fields.decodeIfPresent(String.self, forKey: .protocol) ?? "TCP"
        guard fields.contains(.port), try !fields.decodeNil(forKey: .port) else {
            port = .any
            return
        }
        if let name = try? fields.decode(String.self, forKey: .port) {
            port = .named(name)
            return
        }
        let first = try fields.decode(UInt16.self, forKey: .port)
        let last = try fields.decodeIfPresent(UInt16.self, forKey: .endPort) ?? first
        guard last >= first else {
            throw DecodingError.dataCorruptedError(
                forKey: .endPort, in: fields, debugDescription: "\(last) is before \(first)")
        }
        port = .numbers(first...last)
    }
}
