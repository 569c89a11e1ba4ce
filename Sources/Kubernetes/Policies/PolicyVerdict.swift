package import Observability

/// What the network policies of a namespace say of a flow at one of its ends (networking.k8s.io/v1): a pod that none
/// selects in that direction may do everything; one that some select, what any rule of any of them allows.
package enum PolicyVerdict: Equatable, Sendable {
    case unselected
    case allowed
    /// By all of these together: none of them allows it.
    case denied([String])
    /// No rule allows it for certain, and one may.
    case unknown

    /// `policies` are those of the namespace of the pod at `end`.
    package init(
        _ flow: PolicyFlow, at end: FlowEnd, by policies: some Sequence<NetworkPolicyRecord>
    ) {
        guard case .pod(let pod) = flow[end].whose else {
            self = .unselected
            return
        }
        var selecting: [String] = []
        var best = Certainty.no
        for policy in policies {
            guard let rules = policy.rules(at: end), policy.selector.matches({ pod.traits[$0] })
            else { continue }
            selecting.append(policy.key.name)
            for rule in rules where best != .yes {
                best = max(best, rule.allows(flow, at: end, policyNamespace: policy.key.namespace))
            }
        }
        if selecting.isEmpty {
            self = .unselected
        } else if best == .yes || flow.client.address == flow.server.address {
            // A pod cannot be kept from itself.
            self = .allowed
        } else {
            self = best == .maybe ? .unknown : .denied(selecting.sorted())
        }
    }
}

/// A flow as policies see it.
package struct PolicyFlow: Sendable {
    package let client: PolicyFlowEnd
    package let server: PolicyFlowEnd
    package let protocolNumber: UInt8
    package let port: UInt16?

    package init(
        client: PolicyFlowEnd, server: PolicyFlowEnd, protocolNumber: UInt8, port: UInt16?
    ) {
        self.client = client
        self.server = server
        self.protocolNumber = protocolNumber
        self.port = port
    }

    package subscript(_ end: FlowEnd) -> PolicyFlowEnd { end == .client ? client : server }
}

package struct PolicyFlowEnd: Sendable {
    package enum Whose: Sendable {
        case pod(PolicyPod)
        /// Of no pod that selectors could choose: outside, a node, a pod in its node's network.
        case nobody
        /// A service's, and so of one of its pods, or of somebody outside; policies are about who that is.
        case service
        case unknown
    }

    package let address: IPAddress
    package let whose: Whose

    package init(_ address: IPAddress, _ whose: Whose) {
        self.address = address
        self.whose = whose
    }
}

package struct PolicyPod: Sendable {
    package let namespace: String
    /// Nil where the namespace is not known.
    package let namespaceLabels: [String: String]?
    package let traits: PodTraits

    package init(namespace: String, namespaceLabels: [String: String]?, traits: PodTraits) {
        self.namespace = namespace
        self.namespaceLabels = namespaceLabels
        self.traits = traits
    }
}

/// Of two that must hold, the less certain counts; of two ways, the more certain.
private enum Certainty: Comparable {
    case no, maybe, yes

    init(_ holds: Bool) { self = holds ? .yes : .no }
}

extension PolicyRule {
    fileprivate func allows(
        _ flow: PolicyFlow, at end: FlowEnd, policyNamespace: String
    ) -> Certainty {
        let peer = flow[end.other]
        var who = Certainty.yes
        if let peers, !peers.isEmpty {
            who = peers.map { $0.includes(peer, policyNamespace) }.max() ?? .no
        }
        var what = Certainty.yes
        if let ports, !ports.isEmpty { what = ports.map { $0.includes(flow) }.max() ?? .no }
        return min(who, what)
    }
}

extension PolicyPeer {
    fileprivate func includes(_ end: PolicyFlowEnd, _ policyNamespace: String) -> Certainty {
        if case .service = end.whose { return .maybe }
        if let ipBlock { return Certainty(ipBlock.contains(end.address)) }
        // A kind of peer that came after this was written includes nobody.
        if podSelector == nil, namespaceSelector == nil { return .no }
        switch end.whose {
        case .nobody: return .no
        case .service, .unknown: return .maybe
        case .pod(let pod):
            if let podSelector, !podSelector.matches({ pod.traits[$0] }) { return .no }
            guard let namespaceSelector else { return Certainty(pod.namespace == policyNamespace) }
            if namespaceSelector.isEmpty { return .yes }
            guard let labels = pod.namespaceLabels else { return .maybe }
            return Certainty(namespaceSelector.matches { labels[$0] })
        }
    }
}

extension PolicyPort {
    fileprivate func includes(_ flow: PolicyFlow) -> Certainty {
        guard Self.numbers[protocolName] == flow.protocolNumber else { return .no }
        switch port {
        case .any: return .yes
        case .numbers(let range):
            guard let number = flow.port else { return .maybe }
            return Certainty(range.contains(number))
        case .named(let name):
            switch flow.server.whose {
            case .nobody: return .no
            case .service, .unknown: return .maybe
            case .pod(let pod):
                let named = pod.traits.ports.filter {
                    $0.name == name && $0.protocolName == protocolName
                }
                if named.isEmpty { return .no }
                guard let number = flow.port else { return .maybe }
                return Certainty(named.contains { $0.number == number })
            }
        }
    }

    /// By Kubernetes' names.
    static let numbers: [String: UInt8] = ["TCP": 6, "UDP": 17, "SCTP": 132]
}
