import Kubernetes
import LinuxBackend
import Logging
import Observability
import TestAPIServer

/// Namespaces whose addresses an API server of our own says are pods'.
struct ClusterLab {
    let server = FakeAPIServer()
    let lab: Lab
    var settings = LinuxSettings()

    init(_ name: String, hosts: Int = 2) throws {
        lab = try Lab(name, hosts: hosts)
    }

    /// A running pod of a Deployment, on this node where no other is given; `uid` is its name where none is given.
    func put(
        _ pod: String, at addresses: [String], uid: String? = nil, deployment: String = "web",
        node: String = "n1"
    ) async {
        await server.put(
            "/apis/apps/v1/replicasets", "\(deployment)-1",
            #"{"metadata":{"name":"\#(deployment)-1","namespace":"shop","uid":"\#(deployment)-1","ownerReferences":[{"kind":"Deployment","name":"\#(deployment)","controller":true}]}}"#
        )
        let list = addresses.map { #"{"ip":"\#($0)"}"# }.joined(separator: ",")
        await server.put(
            "/api/v1/pods", pod,
            #"{"metadata":{"name":"\#(pod)","namespace":"shop","uid":"\#(uid ?? pod)","labels":{"pod-template-hash":"1","app":"\#(pod)"},"ownerReferences":[{"kind":"ReplicaSet","name":"\#(deployment)-1","controller":true}]},"spec":{"nodeName":"\#(node)"},"status":{"phase":"Running","podIPs":[\#(list)]}}"#
        )
    }

    /// A node, whose `uid` is its name where none is given.
    func put(
        node: String, at addresses: [String], uid: String? = nil, zone: String? = nil,
        podRange: String? = nil
    ) async {
        let list = addresses.map { #"{"type":"InternalIP","address":"\#($0)"}"# }
        let labels =
            zone.map { #","labels":{"topology.kubernetes.io/zone":"\#($0)"}"# } ?? ""
        let spec = podRange.map { #"{"podCIDRs":["\#($0)"]}"# } ?? "{}"
        await server.put(
            "/api/v1/nodes", node,
            #"{"metadata":{"name":"\#(node)","uid":"\#(uid ?? node)"\#(labels)},"spec":\#(spec),"status":{"addresses":[\#(list.joined(separator: ","))]}}"#
        )
    }

    /// A policy of namespace `shop`; pods have their names as label `app`.
    func put(policy name: String, _ spec: String) async {
        await server.put(
            "/apis/networking.k8s.io/v1/networkpolicies", name,
            #"{"metadata":{"name":"\#(name)","namespace":"shop","uid":"\#(name)"},"spec":\#(spec)}"#
        )
    }

    func delete(_ pod: String) async {
        await server.delete("/api/v1/pods", pod)
    }

    /// An agent's backend and what follows the server for it. The server is `body`'s to serve.
    func during(
        _ url: String, _ settings: LinuxSettings? = nil,
        _ body: (Observed, ClusterFollower) async throws -> Void
    ) async throws {
        try await during(url, settings ?? self.settings, follows: false) { observed, follower, _ in
            try await body(observed, follower)
        }
    }

    /// The same, with metrics as the cluster's own configuration of them says.
    func during(
        _ url: String, _ body: (Observed, ClusterFollower, MetricContexts) async throws -> Void
    ) async throws {
        try await during(url, settings, follows: true, body)
    }

    private func during(
        _ url: String, _ settings: LinuxSettings, follows: Bool,
        _ body: (Observed, ClusterFollower, MetricContexts) async throws -> Void
    ) async throws {
        var log = Logger(label: "cluster")
        log.logLevel = .critical
        let follower = ClusterFollower(
            try APIClient(ClusterAccess(server: url), userAgent: "fovea-tests"), node: "n1",
            log: log, backoff: Backoff(first: .milliseconds(10), most: .milliseconds(50)))
        let contexts = MetricContexts(facts: follower.naming)
        let following = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await follower.run() }
                if follows { group.addTask { await follower.contextsFollower(contexts).run() } }
            }
        }
        let result: Result<Void, any Error>
        do {
            result = .success(
                try await Observed.during(
                    settings, naming: follower.naming, contexts: follows ? contexts : nil
                ) { observed in
                    try await body(observed, follower, contexts)
                })
        } catch {
            result = .failure(error)
        }
        following.cancel()
        await following.value
        await follower.shutdown()
        try result.get()
    }
}
