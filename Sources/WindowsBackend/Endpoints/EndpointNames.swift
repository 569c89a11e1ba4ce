import MetricSchema
import Synchronization

/// Whose endpoints are, for as long as HNS lists them.
///
/// HNS makes an endpoint for one pod and deletes it with that. So it stays that pod's when the cluster has forgotten
/// the pod already, or when its address is another's by now: only a rule that is trusted as much as the one that
/// named it can name it otherwise.
final class EndpointNames: Sendable {
    private struct Name: Sendable {
        let owner: Identity
        let rule: EndpointRule
    }

    private let names = Mutex<[String: Name]>([:])

    func owned(_ endpoint: HNSEndpoint, by resolver: EndpointResolver) -> OwnedEndpoint {
        let (owner, rule) = resolver.owner(of: endpoint)
        let name = names.withLock { names in
            if let known = names[endpoint.key], known.rule.isTrusted(more: rule) { return known }
            let new = Name(owner: owner, rule: rule)
            names[endpoint.key] = new
            return new
        }
        return OwnedEndpoint(endpoint: endpoint, owner: name.owner, rule: name.rule)
    }

    func forget(allBut listed: Set<String>) {
        names.withLock { names in names = names.filter { listed.contains($0.key) } }
    }
}

extension EndpointRule {
    fileprivate func isTrusted(more other: EndpointRule) -> Bool {
        let order = Self.allCases
        return order.firstIndex(of: self) ?? 0 < order.firstIndex(of: other) ?? 0
    }
}
