import Kubernetes
import Logging
import MetricSchema
import Observability
import TestAPIServer
import TestSupport
import Testing
import WindowsBackend

@testable import Agent

/// A recorded Windows node in a cluster: its endpoints have the names of the pods that the API server knows.
@Suite(.timeLimit(.minutes(1)))
struct WindowsClusterTests {
    /// What the API server says of the first pod of a node, and the rule that finds its endpoint by that.
    struct Pod: Sendable, CustomTestStringConvertible {
        let node: String
        let status: String
        let rule: EndpointRule
        var testDescription: String { "\(node), by \(rule.rawValue)" }
    }

    private static let address = #""podIPs":[{"ip":"10.244.2.11"}]"#
    private static let container =
        #""containerStatuses":[{"containerID":"containerd://01c0de"#
        + String(repeating: "0", count: 54) + #"1eef"}]"#

    static let pods = [
        Pod(node: "server2022-calico-30-pods", status: container, rule: .sandbox),
        Pod(node: "server2022-calico-30-pods", status: address, rule: .address),
        Pod(node: "server2019-flannel-overlay", status: address, rule: .address),
    ]

    @Test(
        "an endpoint's series have its pod's labels, with what was counted before it was known",
        arguments: pods)
    func names(_ pod: Pod) async throws {
        let server = FakeAPIServer()
        await server.put("/api/v1/nodes", "win-1", Self.node)
        try await Self.following(server) { follower in
            let agent = try Self.served(pod.node, follower)
            let own = "fovea_pod_forward_packets_total{pod=\"015eed00"
            let before = try await agent.get("/metrics").lines
            let counted = before.filter { $0.hasPrefix(own) }.map(Self.value)
            #expect(counted == ["501", "1001"])

            await server.put(
                "/api/v1/pods", "cart-1-a",
                #"{"metadata":{"name":"cart-1-a","namespace":"shop","uid":"u","labels":{"team":"checkout","#
                    + #""pod-template-hash":"1"},"ownerReferences":[{"kind":"ReplicaSet","name":"cart-1","controller":true}]},"#
                    + #""spec":{"nodeName":"win-1"},"status":{"phase":"Running",\#(pod.status)}}"#)
            while follower.naming.pods.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
            let after = try await agent.get("/metrics").lines
            #expect(!after.contains { $0.hasPrefix(own) })
            let labels =
                #"{namespace="shop",pod="cart-1-a",workload_kind="Deployment",workload="cart""#
            let named = after.filter { $0.hasPrefix("fovea_pod_forward_packets_total\(labels),") }
            // HNS may have begun anew meanwhile, and then counts on from what was.
            #expect(named.count == 2)
            for (line, before) in zip(named, counted) {
                #expect(try #require(Int(Self.value(line))) >= #require(Int(before)), "\(line)")
            }
            #expect(
                after.contains { $0 == "fovea_windows_endpoints{rule=\"\(pod.rule.rawValue)\"} 1" })
            // VFP's counters are the same pod's.
            if before.contains(where: {
                $0.hasPrefix("fovea_pod_tcp_flag_packets_total{pod=\"015eed00")
            }) {
                #expect(
                    after.contains { $0.hasPrefix("fovea_pod_tcp_flag_packets_total\(labels),") })
            }
            #expect(follower.health.allSatisfy { $0.state.failures == 0 })
        }
    }

    @Test("a context adds what the cluster knows of an endpoint's pod: its labels, node and zone")
    func contexts() async throws {
        let server = FakeAPIServer()
        await server.put("/api/v1/nodes", "win-1", Self.node)
        await server.put(
            "/api/v1/pods", "cart-0",
            #"{"metadata":{"name":"cart-0","namespace":"shop","uid":"u","labels":{"team":"checkout"}},"#
                + #""spec":{"nodeName":"win-1"},"status":{"phase":"Running",\#(Self.container),\#(Self.address)}}"#
        )
        try await Self.following(server) { follower in
            var agent = try Self.served("server2022-calico-30-pods", follower)
            let contexts = MetricContexts(facts: follower.naming)
            contexts.use(
                MetricsConfiguration([
                    MetricContext(
                        ["fovea_pod_forward_*"],
                        pod: PartyLabels([.pod, .node, .zone, .ip], podLabels: ["team"]))
                ]))
            agent.endpoints.contexts = contexts
            while follower.naming.pods.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
            let lines = try await agent.get("/metrics").lines
            let line = try #require(
                lines.first { $0.hasPrefix("fovea_pod_forward_packets_total{pod=\"cart-0\"") })
            for label in [
                #"node="win-1""#, #"zone="eu-1""#, #"ip="10.244.2.11""#, #"label_team="checkout""#,
            ] {
                #expect(line.contains(label), "\(line)")
            }
        }
    }

    // MARK: Pieces

    private static let node =
        #"{"metadata":{"name":"win-1","uid":"n","labels":{"topology.kubernetes.io/zone":"eu-1"}},"status":{}}"#

    private static func value(_ line: Substring) -> String {
        String(line.split(separator: " ").last ?? "")
    }

    private static func served(_ node: String, _ follower: ClusterFollower) throws -> ServedAgent {
        let folder = Repository.url("Tests/Fixtures/windows/\(node)").path()
        let recording = try RecordingFolder(reading: folder).node
        let backend = WindowsBackend(
            .replaying(recording), naming: follower.naming, log: LogRecorder().log)
        return ServedAgent(ClusterBackend(backend, follower))
    }

    /// As on Windows: only the node's own pods.
    private static func following(
        _ server: FakeAPIServer, _ body: @escaping @Sendable (ClusterFollower) async throws -> Void
    ) async throws {
        try await server.serve { url in
            let follower = ClusterFollower(
                try APIClient(ClusterAccess(server: url), userAgent: "fovea-tests"), node: "win-1",
                onlyOwn: true, policies: false, services: .none, log: LogRecorder().log,
                backoff: Backoff(first: .milliseconds(10), most: .milliseconds(50)))
            try await follower.whileRunning(body)
        }
    }
}
