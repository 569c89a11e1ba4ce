package import MetricSchema
import Observability

/// Tells whose an endpoint is, by the most trusted rule that says so. A rule that two pods answer to says
/// nothing.
package struct EndpointResolver: Sendable {
    private let pods: [PodRecord]
    private let containers: [GUID: [String]]

    /// `namespaces` complete what version 1 says of an endpoint's containers; they may be empty.
    package init(pods: [PodRecord], namespaces: [HNSNamespace] = []) {
        self.pods = pods
        containers = Dictionary(
            namespaces.map { ($0.id, $0.containers) }, uniquingKeysWith: { $0 + $1 })
    }

    /// Without a pod that it is known to be of, an endpoint goes by its own name.
    package func owner(of endpoint: HNSEndpoint) -> (identity: Identity, rule: EndpointRule) {
        for rule in [EndpointRule.sandbox, .namespace, .address, .endpointName] {
            let found = pods.filter { matches($0, endpoint, by: rule) }
            if found.count == 1 { return (found[0].identity, rule) }
        }
        return (endpoint.identity, .ownName)
    }

    private func matches(_ pod: PodRecord, _ endpoint: HNSEndpoint, by rule: EndpointRule) -> Bool {
        switch rule {
        case .sandbox:
            let more = endpoint.namespace.flatMap { containers[$0] } ?? []
            return (endpoint.containers + more).contains {
                Self.isPrefix($0, of: pod.sandbox, atLeast: 12)
            }
        case .namespace:
            return pod.namespace != nil && pod.namespace == endpoint.namespace
        case .address:
            return !Set(pod.addresses).isDisjoint(with: endpoint.addresses)
        case .endpointName:
            // `<sandbox>_<network>` of most CNI plugins, `<8 digits>-eth0` of Azure's, `cid-<sandbox>` of EKS.
            let parts = endpoint.name.split { $0 == "_" || $0 == "-" }
            let id = parts.first == "cid" ? parts.dropFirst().first : parts.first
            return id.map { Self.isPrefix(String($0), of: pod.sandbox, atLeast: 8) } ?? false
        case .ownName:
            return false
        }
    }

    /// Sandboxes are named by the first digits of their ID here and there.
    private static func isPrefix(_ text: String, of id: String, atLeast digits: Int) -> Bool {
        text.utf8.count >= digits && id.utf8.count >= text.utf8.count
            && id.prefix(text.utf8.count).description.isEqual(ignoringCaseOf: text)
    }
}
