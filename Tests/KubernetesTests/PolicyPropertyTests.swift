import Foundation
import Kubernetes
import Observability
import TestSupport
import Testing

/// Random policies, held against an evaluator that knows nothing of the one that is tested: it reads the documents as
/// dictionaries, and lists who is allowed before it looks at anybody.
struct PolicyPropertyTests {
    struct Pod {
        struct Port {
            let name: String
            let protocolName: String
            let number: Int
        }

        let namespace: String
        let address: String
        var labels: [String: String]
        let ports: [Port]
        /// False for a node's address, which no selector chooses.
        var isPod = true
    }

    typealias Namespaces = [String: [String: String]]
    typealias Policy = (name: String, namespace: String, spec: [String: Any])

    private static let namespaces: Namespaces = [
        "a": ["team": "x", "env": "prod"], "b": ["team": "y"], "c": [:],
    ]
    /// Protocol numbers and ports; ICMP has none.
    static let flows = [
        (6, 80), (6, 81), (6, 9000), (17, 80), (132, 80), (132, 9000), (1, 0),
    ]

    @Test(
        "a verdict is the naive evaluator's, for every pair of pods and every port",
        arguments: 0..<40 as Range<UInt64>)
    func naive(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pods = (0..<5).map { Self.pod($0, &random) }
        let specs = Self.policies(&random)
        let policies = try specs.map { try Self.record($0) }
        for client in pods {
            for server in pods where server.address != client.address {
                for (number, port) in Self.flows {
                    let flow = PolicyVerdictTests.flow(
                        client: Self.end(client), server: Self.end(server),
                        protocolNumber: UInt8(number), port: number == 1 ? nil : UInt16(port))
                    for (end, kind, pod) in [
                        (FlowEnd.client, "Egress", client), (.server, "Ingress", server),
                    ] {
                        let expected = Self.expected(
                            specs, Self.namespaces, kind, client, server, number, port)
                        let own = policies.filter { $0.key.namespace == pod.namespace }
                        #expect(
                            PolicyVerdict(flow, at: end, by: own) == expected,
                            "\(client) \(server) \(number)/\(port) \(kind)")
                    }
                }
            }
        }
    }

    // MARK: The naive evaluator

    static func expected(
        _ all: [Policy], _ namespaces: Namespaces, _ kind: String, _ client: Pod, _ server: Pod,
        _ number: Int, _ port: Int
    ) -> PolicyVerdict {
        let (subject, peer) = kind == "Egress" ? (client, server) : (server, client)
        let selecting = all.filter { policy in
            var types = policy.spec["policyTypes"] as? [String] ?? []
            if types.isEmpty {
                let hasEgress = (policy.spec["egress"] as? [Any])?.isEmpty == false
                types = hasEgress ? ["Ingress", "Egress"] : ["Ingress"]
            }
            return policy.namespace == subject.namespace && types.contains(kind)
                && chooses(policy.spec["podSelector"], subject.labels)
        }
        if selecting.isEmpty { return .unselected }
        for policy in selecting {
            for rule in policy.spec[kind.lowercased()] as? [[String: Any]] ?? [] {
                let peers = rule[kind == "Egress" ? "to" : "from"] as? [[String: Any]] ?? []
                let ports = rule["ports"] as? [[String: Any]] ?? []
                let isPeer =
                    peers.isEmpty
                    || peers.contains {
                        allowed($0, peer, in: policy.namespace, namespaces)
                    }
                let isPort =
                    ports.isEmpty
                    || ports.contains { entry in
                        let name = entry["protocol"] as? String ?? "TCP"
                        if ["TCP": 6, "UDP": 17, "SCTP": 132][name] != number { return false }
                        if let text = entry["port"] as? String {
                            return server.ports.contains {
                                $0.name == text && $0.protocolName == name && $0.number == port
                            }
                        }
                        guard let first = entry["port"] as? Int else { return true }
                        return (first...(entry["endPort"] as? Int ?? first)).contains(port)
                    }
                if isPeer && isPort { return .allowed }
            }
        }
        return .denied(selecting.map(\.name).sorted())
    }

    private static func allowed(
        _ entry: [String: Any], _ peer: Pod, in namespace: String, _ namespaces: Namespaces
    ) -> Bool {
        if let block = entry["ipBlock"] as? [String: Any] {
            let last = Int(peer.address.split(separator: ".")[3]) ?? 0
            // Blocks here are 10.0.0.0/29 without 10.0.0.4/31, or 192.0.2.0/24.
            return block["cidr"] as? String == "10.0.0.0/29" && ![4, 5].contains(last)
        }
        if !peer.isPod { return false }
        if entry["podSelector"] == nil, entry["namespaceSelector"] == nil { return false }
        let isPod = entry["podSelector"] == nil || chooses(entry["podSelector"], peer.labels)
        let isNamespace =
            entry["namespaceSelector"] == nil
            ? peer.namespace == namespace
            : chooses(entry["namespaceSelector"], namespaces[peer.namespace] ?? [:])
        return isPod && isNamespace
    }

    private static func chooses(_ selector: Any?, _ labels: [String: String]) -> Bool {
        let selector = selector as? [String: Any] ?? [:]
        for (key, value) in selector["matchLabels"] as? [String: String] ?? [:] {
            if labels[key] != value { return false }
        }
        for expression in selector["matchExpressions"] as? [[String: Any]] ?? [] {
            let label = (expression["key"] as? String).flatMap { labels[$0] }
            let values = expression["values"] as? [String] ?? []
            let isAmong = label.map(values.contains) ?? false
            let holds: Bool =
                switch expression["operator"] as? String {
                case "In": isAmong
                case "NotIn": !isAmong
                case "Exists": label != nil
                default: label == nil
                }
            if !holds { return false }
        }
        return true
    }

    // MARK: Random documents

    static func pod(_ number: Int, _ random: inout SeededGenerator) -> Pod {
        Pod(
            namespace: pick(["a", "b", "c"], &random), address: "10.0.0.\(number + 1)",
            labels: labels(&random),
            ports: [
                .init(name: "web", protocolName: "TCP", number: random.once(in: 2) ? 80 : 81),
                .init(name: "sig", protocolName: "SCTP", number: random.once(in: 2) ? 80 : 9000),
            ])
    }

    static func policies(_ random: inout SeededGenerator) -> [Policy] {
        (0..<Int.random(in: 1...4, using: &random)).map { number in
            ("p\(number)", pick(["a", "b", "c"], &random), spec(&random))
        }
    }

    static func record(_ policy: Policy) throws -> NetworkPolicyRecord {
        try PolicyVerdictTests.policy(policy.name, policy.namespace, try text(policy.spec))
    }

    static func text(_ document: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: document), as: UTF8.self)
    }

    private static func spec(_ random: inout SeededGenerator) -> [String: Any] {
        var spec: [String: Any] = ["podSelector": selector(&random)]
        let types: [[String]?] = [nil, [], ["Ingress"], ["Egress"], ["Ingress", "Egress"]]
        if let types = pick(types, &random) { spec["policyTypes"] = types }
        for (kind, side) in [("ingress", "from"), ("egress", "to")] where random.once(in: 2) {
            spec[kind] = (0..<Int.random(in: 0...2, using: &random)).map { _ in
                var rule: [String: Any] = [:]
                if random.once(in: 2) {
                    rule[side] = (0..<Int.random(in: 0...2, using: &random)).map { _ in
                        peer(&random)
                    }
                }
                if random.once(in: 2) {
                    rule["ports"] = (0..<Int.random(in: 0...2, using: &random)).map { _ in
                        port(&random)
                    }
                }
                return rule
            }
        }
        return spec
    }

    private static func peer(_ random: inout SeededGenerator) -> [String: Any] {
        if random.once(in: 4) {
            return random.once(in: 3)
                ? ["ipBlock": ["cidr": "192.0.2.0/24"]]
                : ["ipBlock": ["cidr": "10.0.0.0/29", "except": ["10.0.0.4/31"]]]
        }
        var peer: [String: Any] = [:]
        if random.once(in: 2) { peer["podSelector"] = selector(&random) }
        if random.once(in: 2) { peer["namespaceSelector"] = selector(&random) }
        return peer
    }

    private static func port(_ random: inout SeededGenerator) -> [String: Any] {
        var port: [String: Any] = [:]
        if random.once(in: 2) { port["protocol"] = pick(["TCP", "UDP", "SCTP"], &random) }
        switch Int.random(in: 0..<5, using: &random) {
        case 0: port["port"] = "web"
        case 1: port["port"] = "sig"
        case 2: port["port"] = 80
        case 3:
            port["port"] = 80
            port["endPort"] = pick([80, 81, 9000], &random)
        default: break
        }
        return port
    }

    private static func selector(_ random: inout SeededGenerator) -> [String: Any] {
        var selector: [String: Any] = [:]
        if random.once(in: 2) {
            selector["matchLabels"] = [
                pick(["app", "team", "env"], &random): pick(["x", "y", "prod"], &random)
            ]
        }
        if random.once(in: 3) {
            var expression: [String: Any] = [
                "key": pick(["app", "team", "env"], &random),
                "operator": pick(["In", "NotIn", "Exists", "DoesNotExist"], &random),
            ]
            if ["In", "NotIn"].contains(expression["operator"] as? String) {
                expression["values"] = ["x", "prod"]
            }
            selector["matchExpressions"] = [expression]
        }
        return selector
    }

    static func labels(_ random: inout SeededGenerator) -> [String: String] {
        var labels: [String: String] = [:]
        for key in ["app", "team", "env"] where random.once(in: 2) {
            labels[key] = pick(["x", "y", "prod"], &random)
        }
        return labels
    }

    private static func end(_ pod: Pod) -> PolicyFlowEnd {
        PolicyVerdictTests.pod(
            pod.address, pod.namespace, pod.labels,
            ports: pod.ports.map {
                .init(name: $0.name, protocolName: $0.protocolName, number: UInt16($0.number))
            },
            namespace: namespaces[pod.namespace])
    }

    static func pick<Value>(_ values: [Value], _ random: inout SeededGenerator) -> Value {
        values[Int.random(in: 0..<values.count, using: &random)]
    }
}
