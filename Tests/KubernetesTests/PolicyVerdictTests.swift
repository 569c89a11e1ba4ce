import Foundation
import Kubernetes
import Observability
import TestSupport
import Testing

/// The semantics of networking.k8s.io/v1, as its documentation has them.
struct PolicyVerdictTests {
    /// From `web` in namespace `shop` to `db` in namespace `data`, TCP port 5432, unless said otherwise.
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let policies: [(name: String, spec: String)]
        let end: FlowEnd
        let flow: PolicyFlow
        let verdict: PolicyVerdict

        init(
            _ description: String, _ policies: String..., at end: FlowEnd = .server,
            of flow: PolicyFlow = PolicyVerdictTests.flow(), is verdict: PolicyVerdict
        ) {
            testDescription = description
            self.policies = policies.enumerated().map { ("p\($0.offset)", $0.element) }
            self.end = end
            self.flow = flow
            self.verdict = verdict
        }
    }

    static let cases: [Case] = [
        Case("no policy isolates nobody", is: .unselected),
        Case(
            "a policy for other pods isolates nobody",
            #"{"podSelector":{"matchLabels":{"app":"x"}}}"#, is: .unselected),
        Case(
            "an empty selector selects all pods, and no rules allow nothing",
            #"{"podSelector":{}}"#, is: .denied(["p0"])),
        Case(
            "without types a policy is one of ingress", #"{"podSelector":{}}"#, at: .client,
            is: .unselected),
        Case(
            "without types a policy with egress rules is one of egress too",
            #"{"podSelector":{},"egress":[{}]}"#, at: .client, is: .allowed),
        Case(
            "types that are an empty list are none", #"{"podSelector":{},"policyTypes":[]}"#,
            is: .denied(["p0"])),
        Case("and of ingress still", #"{"podSelector":{},"egress":[{}]}"#, is: .denied(["p0"])),
        Case(
            "the type Egress alone leaves ingress alone",
            #"{"podSelector":{},"policyTypes":["Egress"]}"#, is: .unselected),
        Case(
            "the type Egress without rules allows nothing out",
            #"{"podSelector":{},"policyTypes":["Egress"]}"#, at: .client, is: .denied(["p0"])),
        Case(
            "a rule without peers and ports allows everything",
            #"{"podSelector":{},"ingress":[{}]}"#, is: .allowed),
        Case(
            "peers and ports that are empty lists allow everything",
            #"{"podSelector":{},"ingress":[{"from":[],"ports":[]}]}"#, is: .allowed),
        Case(
            "policies add up: one that allows is enough", #"{"podSelector":{}}"#,
            #"{"podSelector":{},"ingress":[{}]}"#, is: .allowed),
        Case(
            "all that select and do not allow deny together", #"{"podSelector":{}}"#,
            #"{"podSelector":{"matchLabels":{"app":"db"}},"ingress":[{"from":[{"podSelector":{"matchLabels":{"app":"x"}}}]}]}"#,
            is: .denied(["p0", "p1"])),
        Case(
            "a pod selector alone means pods of the policy's namespace",
            #"{"podSelector":{},"ingress":[{"from":[{"podSelector":{}}]}]}"#, is: .denied(["p0"])),
        Case(
            "and allows those", #"{"podSelector":{},"ingress":[{"from":[{"podSelector":{}}]}]}"#,
            of: flow(client: pod("10.1.0.9", "data", ["app": "peer"])), is: .allowed),
        Case(
            "a namespace selector alone means all pods of such namespaces",
            #"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"team":"a"}}}]}]}"#,
            is: .allowed),
        Case(
            "an empty namespace selector means all namespaces",
            #"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{}}]}]}"#, is: .allowed),
        Case(
            "but nobody outside",
            #"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{}}]}]}"#,
            of: flow(client: PolicyFlowEnd(address("192.0.2.1"), .nobody)), is: .denied(["p0"])),
        Case(
            "both selectors in one peer must hold",
            #"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"team":"a"}},"podSelector":{"matchLabels":{"app":"x"}}}]}]}"#,
            is: .denied(["p0"])),
        Case(
            "two selectors in two peers are a choice",
            #"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"team":"a"}}},{"podSelector":{"matchLabels":{"app":"x"}}}]}]}"#,
            is: .allowed),
        Case(
            "In",
            #"{"podSelector":{"matchExpressions":[{"key":"app","operator":"In","values":["a","db"]}]}}"#,
            is: .denied(["p0"])),
        Case(
            "NotIn does not choose one of the values",
            #"{"podSelector":{"matchExpressions":[{"key":"app","operator":"NotIn","values":["a","db"]}]}}"#,
            is: .unselected),
        Case(
            "NotIn chooses who lacks the key",
            #"{"podSelector":{"matchExpressions":[{"key":"none","operator":"NotIn","values":["a"]}]}}"#,
            is: .denied(["p0"])),
        Case(
            "Exists and DoesNotExist",
            #"{"podSelector":{"matchExpressions":[{"key":"app","operator":"Exists"},{"key":"none","operator":"DoesNotExist"}]}}"#,
            is: .denied(["p0"])),
        Case(
            "labels and expressions must all hold",
            #"{"podSelector":{"matchLabels":{"app":"db"},"matchExpressions":[{"key":"app","operator":"DoesNotExist"}]}}"#,
            is: .unselected),
        Case(
            "a block of addresses",
            #"{"podSelector":{},"ingress":[{"from":[{"ipBlock":{"cidr":"192.0.2.0/24","except":["192.0.2.128/25"]}}]}]}"#,
            of: flow(client: PolicyFlowEnd(address("192.0.2.1"), .nobody)), is: .allowed),
        Case(
            "and what it leaves out",
            #"{"podSelector":{},"ingress":[{"from":[{"ipBlock":{"cidr":"192.0.2.0/24","except":["192.0.2.128/25"]}}]}]}"#,
            of: flow(client: PolicyFlowEnd(address("192.0.2.200"), .nobody)), is: .denied(["p0"])),
        Case(
            "all of IPv6 holds no IPv4",
            #"{"podSelector":{},"ingress":[{"from":[{"ipBlock":{"cidr":"::/0"}}]}]}"#,
            is: .denied(["p0"])),
        Case(
            "all of IPv4",
            #"{"podSelector":{},"ingress":[{"from":[{"ipBlock":{"cidr":"0.0.0.0/0"}}]}]}"#,
            is: .allowed),
        Case(
            "a pod in its node's network is its node's address",
            #"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{}},{"ipBlock":{"cidr":"192.0.2.7/32"}}]}]}"#,
            of: flow(client: PolicyFlowEnd(address("192.0.2.7"), .nobody)), is: .allowed),
        Case(
            "a peer of a kind that is not known allows nobody",
            #"{"podSelector":{},"ingress":[{"from":[{"cluster":"x"}]}]}"#, is: .denied(["p0"])),
        Case("a port", #"{"podSelector":{},"ingress":[{"ports":[{"port":5432}]}]}"#, is: .allowed),
        Case(
            "another port", #"{"podSelector":{},"ingress":[{"ports":[{"port":5433}]}]}"#,
            is: .denied(["p0"])),
        Case(
            "without its protocol a port is TCP's",
            #"{"podSelector":{},"ingress":[{"ports":[{"port":5432}]}]}"#,
            of: flow(protocolNumber: 17), is: .denied(["p0"])),
        Case(
            "a protocol without a port is all of its ports",
            #"{"podSelector":{},"ingress":[{"ports":[{"protocol":"UDP"}]}]}"#,
            of: flow(protocolNumber: 17), is: .allowed),
        Case(
            "SCTP", #"{"podSelector":{},"ingress":[{"ports":[{"protocol":"SCTP","port":5432}]}]}"#,
            of: flow(protocolNumber: 132), is: .allowed),
        Case(
            "the end of a range is in it",
            #"{"podSelector":{},"ingress":[{"ports":[{"port":5000,"endPort":5432}]}]}"#,
            is: .allowed),
        Case(
            "what is behind it is not",
            #"{"podSelector":{},"ingress":[{"ports":[{"port":5000,"endPort":5431}]}]}"#,
            is: .denied(["p0"])),
        Case(
            "a named port is the server's",
            #"{"podSelector":{},"ingress":[{"ports":[{"port":"sql"}]}]}"#, is: .allowed),
        Case(
            "also for what a client may send",
            #"{"podSelector":{},"policyTypes":["Egress"],"egress":[{"ports":[{"port":"sql"}]}]}"#,
            at: .client, is: .allowed),
        Case(
            "a name of another protocol's port is none",
            #"{"podSelector":{},"ingress":[{"ports":[{"protocol":"UDP","port":"sql"}]}]}"#,
            of: flow(protocolNumber: 17), is: .denied(["p0"])),
        Case(
            "a name the server does not have",
            #"{"podSelector":{},"ingress":[{"ports":[{"port":"web"}]}]}"#, is: .denied(["p0"])),
        Case(
            "peers and ports of one rule must both hold",
            #"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{}}],"ports":[{"port":1}]}]}"#,
            is: .denied(["p0"])),
        Case(
            "not crosswise of two rules",
            #"{"podSelector":{},"ingress":[{"from":[{"podSelector":{}}],"ports":[{"port":5432}]},{"from":[{"namespaceSelector":{}}],"ports":[{"port":1}]}]}"#,
            is: .denied(["p0"])),
        Case(
            "a pod is not kept from itself", #"{"podSelector":{}}"#,
            of: flow(client: pod("10.0.0.2", "data", ["app": "db"])), is: .allowed),
        Case(
            "ICMP has no port that a rule could name",
            #"{"podSelector":{},"ingress":[{"ports":[{"port":5432}]}]}"#,
            of: flow(protocolNumber: 1, port: nil), is: .denied(["p0"])),
        Case(
            "a fragment's port is not known",
            #"{"podSelector":{},"ingress":[{"ports":[{"port":5432}]}]}"#, of: flow(port: nil),
            is: .unknown),
        Case(
            "a peer that may be a pod",
            #"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{}}]}]}"#,
            of: flow(client: PolicyFlowEnd(address("10.0.0.1"), .unknown)), is: .unknown),
        Case(
            "but is denied where no peer could be allowed",
            #"{"podSelector":{},"ingress":[{"from":[{"ipBlock":{"cidr":"192.0.2.0/24"}}]}]}"#,
            of: flow(client: PolicyFlowEnd(address("10.0.0.1"), .unknown)), is: .denied(["p0"])),
        Case(
            "a namespace whose labels are not known",
            #"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"team":"a"}}}]}]}"#,
            of: flow(client: pod("10.0.0.1", "shop", ["app": "web"], namespace: nil)), is: .unknown),
        Case(
            "a service is one of its pods",
            #"{"podSelector":{},"policyTypes":["Egress"],"egress":[{"to":[{"ipBlock":{"cidr":"0.0.0.0/0"}}]}]}"#,
            at: .client, of: flow(server: PolicyFlowEnd(address("10.96.0.1"), .service)),
            is: .unknown),
    ]

    @Test("a verdict is what the documentation says", arguments: cases)
    func verdict(_ example: Case) throws {
        let namespace = example.end == .server ? "data" : "shop"
        let policies = try example.policies.map { try Self.policy($0.name, namespace, $0.spec) }
        #expect(PolicyVerdict(example.flow, at: example.end, by: policies) == example.verdict)
    }

    @Test(
        "what is no policy is refused with its place",
        arguments: [
            #"{"podSelector":{"matchExpressions":[{"key":"a","operator":"Near"}]}}"#,
            #"{"podSelector":{},"ingress":[{"from":[{"ipBlock":{"cidr":"x/8"}}]}]}"#,
            #"{"podSelector":{},"ingress":[{"ports":[{"port":9,"endPort":8}]}]}"#,
            #"{"podSelector":{},"ingress":[{"ports":[{"port":70000}]}]}"#,
        ])
    func refused(_ spec: String) {
        #expect(throws: DecodingError.self) { try Self.policy("p", "data", spec) }
    }

    // MARK: Pieces

    static func address(_ text: String) -> IPAddress { IPAddress(text) ?? IPAddress(v4: 0) }

    static func pod(
        _ address: String, _ name: String, _ labels: [String: String],
        ports: [PodTraits.NamedPort] = [], namespace: [String: String]? = ["team": "a"]
    ) -> PolicyFlowEnd {
        PolicyFlowEnd(
            Self.address(address),
            .pod(
                PolicyPod(
                    namespace: name, namespaceLabels: namespace,
                    traits: .shared(labels: labels, ports: ports))))
    }

    static func flow(
        client: PolicyFlowEnd = pod("10.0.0.1", "shop", ["app": "web"]),
        server: PolicyFlowEnd = pod(
            "10.0.0.2", "data", ["app": "db"], ports: [.init(name: "sql", number: 5432)],
            namespace: ["team": "b"]),
        protocolNumber: UInt8 = 6, port: UInt16? = 5432
    ) -> PolicyFlow {
        PolicyFlow(client: client, server: server, protocolNumber: protocolNumber, port: port)
    }

    static func policy(
        _ name: String, _ namespace: String, _ spec: String
    ) throws -> NetworkPolicyRecord {
        try JSONDecoder().decode(
            NetworkPolicyRecord.self,
            from: Data(
                #"{"metadata":{"name":"\#(name)","namespace":"\#(namespace)","uid":"\#(name)"},"spec":\#(spec)}"#
                    .utf8))
    }
}
