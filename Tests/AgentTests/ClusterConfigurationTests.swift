import Foundation
import Kubernetes
import Testing

@testable import Agent

/// Which cluster the configuration leads to.
struct ClusterConfigurationTests {
    private let log = LogRecorder()

    @Test("without a way to a cluster, auto is without one, and on is an error")
    func nowhere() throws {
        var settings = KubernetesSettings()
        #expect(try !leadsSomewhere(settings))
        settings.enabled = .on
        #expect(throws: AgentError.self) { try leadsSomewhere(settings) }
        #expect(log.lines.isEmpty)
    }

    @Test("off is off, whatever there is")
    func off() throws {
        var settings = KubernetesSettings()
        settings.enabled = .off
        settings.kubeconfig = "/nowhere"
        #expect(try !leadsSomewhere(settings, ["KUBERNETES_SERVICE_HOST": "10.96.0.1"]))
    }

    @Test("a kubeconfig that cannot be read is an error, and says which")
    func unreadable() {
        var settings = KubernetesSettings()
        settings.kubeconfig = "/nowhere"
        #expect {
            try leadsSomewhere(settings)
        } throws: {
            "\($0)" == "no way to the cluster: /nowhere: cannot be read"
        }
    }

    @Test("a service account that cannot be read is a warning, for nobody asked for it")
    func unreadableAccount() throws {
        #expect(try !leadsSomewhere(.init(), ["KUBERNETES_SERVICE_HOST": "10.96.0.1"]))
        #expect(log.lines.count == 1 && log.lines[0].hasPrefix("warning no way to the cluster"))
        var settings = KubernetesSettings()
        settings.enabled = .on
        #expect(throws: AgentError.self) {
            try leadsSomewhere(settings, ["KUBERNETES_SERVICE_HOST": "10.96.0.1"])
        }
    }

    @Test(
        "a kubeconfig leads to its current context's server; what waits for it is said to be missing"
    )
    func found() async throws {
        let file = FileManager.default.temporaryDirectory.appending(
            path: "kubeconfig-\(UUID().uuidString)")
        try Data(
            """
            current-context: c
            contexts: [{name: c, context: {cluster: c}}]
            clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
            """.utf8
        ).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var settings = KubernetesSettings()
        settings.kubeconfig = file.path()
        settings.node = "n1"
        let follower = try #require(
            try ClusterFollower.configured(settings, environment: [:], log: log.log))
        #expect(
            log.lines == ["info following the cluster node=n1 server=http://127.0.0.1:1"])
        let backend = ClusterBackend(FixedBackend(), follower)
        #expect(backend.collectors.map(\.name.value) == ["kubernetes"])
        #expect(
            backend.capabilities.map(\.missing) == [
                "list and watch of pods, services, nodes, replicasets, jobs; not all have names",
                "list and watch of networkpolicies, namespaces; not every drop's policies are known",
                "list and watch of endpointslices; what goes straight to a service's endpoints is not the service's",
            ])
        await follower.shutdown()
    }

    /// Of settings that should lead nowhere.
    private func leadsSomewhere(
        _ settings: KubernetesSettings, _ environment: [String: String] = [:]
    ) throws -> Bool {
        try ClusterFollower.configured(settings, environment: environment, log: log.log) != nil
    }
}
