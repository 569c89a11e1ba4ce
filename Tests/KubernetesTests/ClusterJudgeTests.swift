import Foundation
import Kubernetes
import Observability
import Testing

/// What a directory says of flows, by whose addresses they have and where these are.
struct ClusterJudgeTests {
    @Test(
        "a flow is judged at the ends that are pods of the node, and the client's policies come first"
    )
    func ends() throws {
        let directory = try Self.directory()
        #expect(Self.judge(directory, "10.0.0.1", "10.0.0.2") == .notDenied(.unselected))
        directory.apply(
            policies: .set(
                try PolicyVerdictTests.policy(
                    "in", "a", #"{"podSelector":{"matchLabels":{"app":"db"}}}"#)))
        #expect(Self.judge(directory, "10.0.0.1", "10.0.0.2") == .denied(.server, policies: ["in"]))
        directory.apply(
            policies: .set(
                try PolicyVerdictTests.policy(
                    "out", "a", #"{"podSelector":{},"policyTypes":["Egress"]}"#)))
        #expect(
            Self.judge(directory, "10.0.0.1", "10.0.0.2") == .denied(.client, policies: ["out"]))
        // On the server's node its own policies are enforced, and the client's are not.
        #expect(
            Self.judge(directory, "10.0.0.1", "10.0.1.1", on: "n2") == .notDenied(.unselected))
        directory.apply(policies: .replaced([]))
        #expect(Self.judge(directory, "10.0.0.1", "10.0.0.2") == .notDenied(.unselected))
    }

    @Test("a pod's own node is always allowed, another one is nobody")
    func nodes() throws {
        let directory = try Self.directory()
        directory.apply(
            policies: .set(
                try PolicyVerdictTests.policy(
                    "in", "a",
                    #"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{}}]}]}"#)))
        #expect(Self.judge(directory, "192.0.2.1", "10.0.0.2") == .notDenied(.allowed))
        #expect(
            Self.judge(directory, "192.0.2.2", "10.0.0.2") == .denied(.server, policies: ["in"]))
        #expect(
            Self.judge(directory, "198.51.100.1", "10.0.0.2") == .denied(.server, policies: ["in"]))
        #expect(Self.judge(directory, "10.0.1.1", "10.0.0.2") == .notDenied(.allowed))
    }

    @Test("a namespace's labels count as they are now; before it is known nothing is said")
    func namespaces() throws {
        let directory = try Self.directory()
        directory.apply(
            policies: .set(
                try PolicyVerdictTests.policy(
                    "in", "a",
                    #"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"team":"x"}}}]}]}"#
                )))
        #expect(Self.judge(directory, "10.0.1.1", "10.0.0.2") == .notDenied(.unknown))
        directory.apply(
            namespaces: .set(
                try Self.decode(#"{"metadata":{"name":"a","uid":"a","labels":{"team":"x"}}}"#)))
        #expect(Self.judge(directory, "10.0.1.1", "10.0.0.2") == .notDenied(.allowed))
        directory.apply(
            namespaces: .set(
                try Self.decode(
                    #"{"metadata":{"name":"a","uid":"a","labels":{},"resourceVersion":"2"}}"#)))
        #expect(Self.judge(directory, "10.0.1.1", "10.0.0.2") == .denied(.server, policies: ["in"]))
    }

    @Test("with the node's own pods alone, who is not known may be a pod")
    func scope() throws {
        let directory = try Self.directory(knowsAllPods: false)
        directory.apply(
            policies: .set(
                try PolicyVerdictTests.policy(
                    "in", "a",
                    #"{"podSelector":{},"ingress":[{"from":[{"namespaceSelector":{}}]}]}"#)))
        #expect(Self.judge(directory, "198.51.100.1", "10.0.0.2") == .notDenied(.unknown))
    }

    @Test("a pod in its node's network is its node's address, and no policy's to select")
    func hostNetwork() throws {
        let directory = try Self.directory()
        directory.apply(
            pods: .set(
                try Self.decode(
                    #"{"metadata":{"name":"host","namespace":"a","uid":"host","labels":{"app":"host"}},"spec":{"nodeName":"n2","hostNetwork":true},"status":{"phase":"Running","podIP":"192.0.2.2"}}"#
                )))
        directory.apply(
            policies: .set(
                try PolicyVerdictTests.policy(
                    "host", "a", #"{"podSelector":{"matchLabels":{"app":"host"}}}"#)))
        #expect(
            Self.judge(directory, "10.0.0.1", "192.0.2.2", everywhere: true)
                == .notDenied(.unselected))
        directory.apply(
            policies: .set(
                try PolicyVerdictTests.policy(
                    "in", "a",
                    #"{"podSelector":{"matchLabels":{"app":"db"}},"ingress":[{"from":[{"podSelector":{"matchLabels":{"app":"host"}}}]}]}"#
                )))
        #expect(
            Self.judge(directory, "192.0.2.2", "10.0.0.2") == .denied(.server, policies: ["in"]))
    }

    @Test("everywhere means the policies of pods on other nodes, and that unknown ends are unknown")
    func everywhere() throws {
        let directory = try Self.directory()
        directory.apply(
            policies: .set(
                try PolicyVerdictTests.policy(
                    "in", "a", #"{"podSelector":{"matchLabels":{"app":"far"}}}"#)))
        #expect(Self.judge(directory, "10.0.0.1", "10.0.1.1") == .notDenied(.unselected))
        #expect(
            Self.judge(directory, "10.0.0.1", "10.0.1.1", everywhere: true)
                == .denied(.server, policies: ["in"]))
        #expect(
            Self.judge(directory, "10.0.0.1", "198.51.100.1", everywhere: true)
                == .notDenied(.unselected))
        let own = try Self.directory(knowsAllPods: false)
        #expect(
            Self.judge(own, "10.0.0.1", "198.51.100.1", everywhere: true) == .notDenied(.unknown))
        own.apply(
            policies: .set(
                try PolicyVerdictTests.policy(
                    "out", "a", #"{"podSelector":{},"policyTypes":["Egress"]}"#)))
        #expect(
            Self.judge(own, "10.0.0.1", "198.51.100.1", everywhere: true)
                == .denied(.client, policies: ["out"]))
    }

    @Test("an attempt at a service's address is judged by what is true at each of its endpoints")
    func services() throws {
        let directory = try Self.directory()
        directory.apply(
            services: .set(
                try Self.decode(
                    #"{"metadata":{"name":"back","namespace":"a","uid":"s"},"spec":{"clusterIP":"10.96.0.1","ports":[{"name":"web","port":80},{"name":"other","port":81}]}}"#
                )))
        func service(_ policies: [String: String], _ addresses: String...) throws
            -> PolicyJudgement?
        {
            directory.apply(
                policies: .replaced(
                    try policies.map { try PolicyVerdictTests.policy($0.key, "a", $0.value) }))
            let list = addresses.map { #"{"addresses":["\#($0)"]}"# }.joined(separator: ",")
            directory.apply(
                endpointSlices: .replaced([
                    try Self.decode(
                        #"{"metadata":{"name":"back-1","namespace":"a","uid":"e","labels":{"kubernetes.io/service-name":"back"}},"endpoints":[\#(list)],"ports":[{"name":"other","port":1},{"name":"web","port":8080}]}"#
                    )
                ]))
            return Self.judge(directory, "10.0.0.1", "10.96.0.1", everywhere: true)
        }
        let onlyTarget =
            #"{"podSelector":{"matchExpressions":[{"key":"app","operator":"In","values":["db","far"]}]},"ingress":[{"ports":[{"port":8080}]}]}"#
        let onlyService = onlyTarget.replacing("8080", with: "80")
        #expect(try service([:]) == .notDenied(.unknown))
        #expect(try service([:], "10.0.0.2", "10.0.1.1") == .notDenied(.unselected))
        // The port is the endpoints', not the service's.
        #expect(try service(["t": onlyTarget], "10.0.0.2", "10.0.1.1") == .notDenied(.allowed))
        #expect(
            try service(["s": onlyService], "10.0.0.2", "10.0.1.1")
                == .denied(.server, policies: ["s"]))
        let db = #"{"podSelector":{"matchLabels":{"app":"db"}}}"#
        #expect(try service(["db": db], "10.0.0.2", "10.0.1.1") == .notDenied(.unknown))
        #expect(try service(["db": db], "10.0.0.2") == .denied(.server, policies: ["db"]))
        let open = #"{"podSelector":{"matchLabels":{"app":"db"}},"ingress":[{}]}"#
        #expect(try service(["db": open], "10.0.0.2", "10.0.1.1") == .notDenied(.allowed))
        let out = #"{"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Egress"]}"#
        #expect(try service(["out": out]) == .denied(.client, policies: ["out"]))
        let toFar =
            #"{"podSelector":{"matchLabels":{"app":"web"}},"policyTypes":["Egress"],"egress":[{"to":[{"podSelector":{"matchLabels":{"app":"far"}}}]}]}"#
        #expect(try service(["out": toFar], "10.0.0.2") == .denied(.client, policies: ["out"]))
        #expect(try service(["out": toFar], "10.0.1.1") == .notDenied(.allowed))
        #expect(try service(["out": toFar], "10.0.0.2", "10.0.1.1") == .notDenied(.unknown))
    }

    @Test("pods of one template share their labels, and unused ones are let go")
    func sharing() {
        let one = PodTraits.shared(labels: ["app": "shared", "b": "c"])
        #expect(one === PodTraits.shared(labels: ["b": "c", "app": "shared"]))
        #expect(one !== PodTraits.shared(labels: ["app": "shared"]))
        #expect(one["app"] == "shared" && one["none"] == nil)
        for number in 0..<5000 { _ = PodTraits.shared(labels: ["number": "\(number)"]) }
        #expect(one === PodTraits.shared(labels: ["app": "shared", "b": "c"]))
    }

    // MARK: Pieces

    private static func directory(knowsAllPods: Bool = true) throws -> ClusterDirectory {
        let directory = ClusterDirectory(knowsAllPods: knowsAllPods) { _ in }
        for (name, address, node) in [
            ("web", "10.0.0.1", "n1"), ("db", "10.0.0.2", "n1"), ("far", "10.0.1.1", "n2"),
        ] {
            directory.apply(
                pods: .set(
                    try decode(
                        #"{"metadata":{"name":"\#(name)","namespace":"a","uid":"\#(name)","labels":{"app":"\#(name)"}},"spec":{"nodeName":"\#(node)"},"status":{"phase":"Running","podIP":"\#(address)"}}"#
                    )))
        }
        for (name, address) in [("n1", "192.0.2.1"), ("n2", "192.0.2.2")] {
            directory.apply(
                nodes: .set(
                    try decode(
                        #"{"metadata":{"name":"\#(name)","uid":"\#(name)"},"status":{"addresses":[{"type":"InternalIP","address":"\#(address)"}]}}"#
                    )))
        }
        return directory
    }

    private static func judge(
        _ directory: ClusterDirectory, _ client: String, _ server: String, on node: String = "n1",
        everywhere: Bool = false
    ) -> PolicyJudgement? {
        directory.judge(
            [
                FlowAttempt(
                    client: PolicyVerdictTests.address(client),
                    server: PolicyVerdictTests.address(server), protocolNumber: 6, port: 80)
            ], on: node, everywhere: everywhere
        ).first
    }

    private static func decode<Record: KubernetesRecord>(_ text: String) throws -> Record {
        try JSONDecoder().decode(Record.self, from: Data(text.utf8))
    }
}
