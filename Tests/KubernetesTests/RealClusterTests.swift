import Foundation
import Kubernetes
import Logging
import MetricSchema
import Observability
import Testing

/// Against a cluster that is there: `FOVEA_KUBECONFIG` names the file that leads to it. Nothing in it is changed.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["FOVEA_KUBECONFIG"] != nil,
        "needs a cluster: FOVEA_KUBECONFIG=<kubeconfig>"),
    .timeLimit(.minutes(2)))
struct RealClusterTests {
    /// A pod as a plain list has it.
    private struct Listed: Decodable {
        struct Metadata: Decodable {
            let name: String
            let namespace: String
            let deletionTimestamp: String?
        }
        struct Spec: Decodable {
            let nodeName: String?
            let hostNetwork: Bool?
        }
        struct Status: Decodable {
            let phase: String
            let podIP: String?
        }
        let metadata: Metadata
        let spec: Spec
        let status: Status
    }

    private struct List: Decodable { let items: [Listed] }

    @Test("every kind is followed, and every pod that has an address is found by it on its node")
    func names() async throws {
        let client = try Self.client()
        let answer = try await client.get("/api/v1/pods")
        let pods = try JSONDecoder().decode(List.self, from: Data(answer.readableBytesView)).items
        await client.shutdown()
        let named = pods.filter {
            $0.spec.hostNetwork != true && $0.status.phase == "Running" && $0.status.podIP != nil
                && $0.metadata.deletionTimestamp == nil
        }
        try #require(!named.isEmpty, "the cluster has no running pod with an address of its own")
        for node in Set(named.compactMap(\.spec.nodeName)) {
            try await following(node) { follower in
                while !follower.health.allSatisfy(\.state.isComplete) {
                    try await Task.sleep(for: .milliseconds(10))
                }
                for pod in named where pod.spec.nodeName == node {
                    let address = try #require(pod.status.podIP.flatMap { IPAddress($0) })
                    let identity = follower.naming.name(at: [address])?.identity
                    #expect(identity?.pod == pod.metadata.name)
                    #expect(identity?.namespace == pod.metadata.namespace)
                }
                let all = follower.naming.takeChanges().values.compactMap { $0 }
                #expect(
                    all.contains { $0.pod == "service:kubernetes" && $0.namespace == "default" })
                #expect(all.contains { $0.pod.hasPrefix("node:") })
                #expect(follower.health.allSatisfy { $0.state.malformed == 0 })
            }
        }
    }

    private static func client() throws -> APIClient {
        let path = ProcessInfo.processInfo.environment["FOVEA_KUBECONFIG"] ?? ""
        return try APIClient(try Kubeconfig(file: path).access(), userAgent: "fovea-tests")
    }

    private func following(
        _ node: String, _ body: (ClusterFollower) async throws -> Void
    ) async throws {
        let follower = ClusterFollower(try Self.client(), node: node, log: Logger(label: "real"))
        let running = Task { await follower.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(follower)) } catch { result = .failure(error) }
        running.cancel()
        await running.value
        await follower.shutdown()
        try result.get()
    }
}
