import Kubernetes
import Logging
import MetricSchema
import Observability
import TestAPIServer
import TestSupport
import Testing

/// A node's picture of its cluster, from the API server on.
@Suite(.timeLimit(.minutes(2)))
struct ClusterFollowerTests {
    private let server = FakeAPIServer()

    @Test("pods have their workloads from the first word on: owners are read before them")
    func owners() async throws {
        await server.put("/apis/apps/v1/replicasets", "web-1", Self.replicaSet)
        await server.put("/apis/batch/v1/jobs", "once", Self.metadata("once"))
        await server.put("/api/v1/pods", "web-1-a", Self.pod)
        try await following { follower in
            let address = try #require(IPAddress("10.0.0.1"))
            while follower.naming.name(at: [address]) == nil {
                try await Task.sleep(for: .milliseconds(5))
            }
            let workload = Workload(kind: "Deployment", name: "web")
            let identity = Identity(namespace: "shop", pod: "web-1-a", workload: workload)
            #expect(follower.naming.name(at: [address])?.identity == identity)
            #expect(follower.naming.takeChanges() == [address: identity])
            #expect(follower.naming.takeChanges().isEmpty)
        }
        let asked = await server.requests
        let pods = try #require(asked.firstIndex { $0.hasPrefix("/api/v1/pods") })
        let owners = asked.indices.filter {
            asked[$0].contains("sendInitialEvents")
                && (asked[$0].hasPrefix("/apis/apps") || asked[$0].hasPrefix("/apis/batch"))
        }
        #expect(owners.count == 2 && owners.allSatisfy { $0 < pods })
    }

    @Test("containers are kept of this node's pods, and of no others")
    func ownContainers() async throws {
        let status = #""phase":"Running","containerStatuses":[{"containerID":"containerd://c1"}]"#
        for (name, node) in [("mine", "n1"), ("other", "n2")] {
            await server.put(
                "/api/v1/pods", name,
                #"{"metadata":{"name":"\#(name)","namespace":"shop","uid":"\#(name)"},"spec":{"nodeName":"\#(node)"},"status":{\#(status)}}"#
            )
        }
        for streams in [true, false] {
            await server.set { $0.streamsLists = streams }
            try await following { follower in
                let directory = follower.naming.directory
                try await until { follower.naming.pods.count == 1 && directory.sizes["pods"] == 2 }
                #expect(follower.naming.pods.map(\.containers) == [["c1"]])
                #expect(directory.pods(on: "n2").map(\.containers) == [[]])
            }
        }
    }

    @Test("a role without owners still has pods")
    func forbidden() async throws {
        await server.set { $0.forbidden = ["/apis/apps/v1/replicasets", "/apis/batch/v1/jobs"] }
        await server.put("/api/v1/pods", "web-1-a", Self.pod)
        try await following { follower in
            let address = try #require(IPAddress("10.0.0.1"))
            while follower.naming.name(at: [address]) == nil {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(
                follower.naming.name(at: [address])?.identity.workload
                    == Workload(kind: "ReplicaSet", name: "web-1"))
            #expect(try value(follower, "fovea_kubernetes_synced", "replicasets") == 0)
            #expect(try value(follower, "fovea_kubernetes_failures_total", "replicasets") > 0)
        }
    }

    @Test("a node that follows its own pods asks for no others")
    func scope() async throws {
        try await following(onlyOwn: true) { follower in
            while !follower.health.allSatisfy(\.state.isComplete) {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        let asked = await server.requests
        #expect(
            asked.filter { $0.hasPrefix("/api/v1/pods") }.allSatisfy {
                $0.contains("fieldSelector=spec.nodeName%3Dn1")
            })
        #expect(
            asked.filter { $0.hasPrefix("/api/v1/nodes") }.allSatisfy {
                $0.contains("fieldSelector=metadata.name%3Dn1")
            })
    }

    @Test("what is known says how much it is and how old")
    func health() async throws {
        await server.put("/api/v1/pods", "web-1-a", Self.pod)
        try await following { follower in
            while !follower.health.allSatisfy(\.state.isComplete) {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try value(follower, "fovea_kubernetes_objects", "pods") == 1)
            #expect(try value(follower, "fovea_kubernetes_objects", "services") == 0)
            #expect(try value(follower, "fovea_kubernetes_synced", "pods") == 1)
            #expect(try value(follower, "fovea_kubernetes_lists_total", "pods") == 1)
            let pods = follower.health.filter { $0.resource == "pods" }
            let heard = try #require(pods[0].state.lastHeard)
            let later = ClusterCollector(health: pods, now: { heard + .seconds(90) }) { [:] }
            var samples = SampleBuffer()
            try later.collect(into: &samples)
            let age = samples.families.first { $0.descriptor === Catalog.clusterAge.descriptor }
            #expect(age?.rows.map(\.value) == [.number(90)])
            func info(_ cluster: String) throws -> [String]? {
                var samples = SampleBuffer()
                try ClusterCollector(health: pods, cluster: cluster) { [:] }.collect(into: &samples)
                return samples.families.first { $0.descriptor === Catalog.clusterInfo.descriptor }?
                    .rows.map(\.labels)
            }
            #expect(try info("north") == [#"cluster="north""#])
            #expect(try info("") == nil)
        }
    }

    @Test("a server that was away at the start, and then again, is followed whenever it is there")
    func away() async throws {
        let url = try await server.freeURL()
        let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
        let first = try #require(IPAddress("10.0.0.1"))
        let second = try #require(IPAddress("10.0.0.2"))
        await server.put("/apis/apps/v1/replicasets", "web-1", Self.replicaSet)
        await server.put("/api/v1/pods", "web-1-a", Self.pod)
        let follower = try Self.follower(url)
        let running = Task { await follower.run() }
        let pods = try #require(follower.health.first { $0.resource == "pods" })
        let owners = try #require(follower.health.first { $0.resource == "replicasets" })
        try await until { owners.state.failures >= 12 }
        #expect(pods.state.failures == 0)
        try await server.serve(port: port) { _ in
            try await until { follower.naming.name(at: [first]) != nil }
        }
        let heard = pods.state.lastHeard
        try await until { pods.state.failures >= 3 }
        #expect(pods.state.lastHeard == heard)
        let name = try #require(follower.naming.name(at: [first]))
        #expect(name.identity.workload == Workload(kind: "Deployment", name: "web"))
        await server.put(
            "/api/v1/pods", "web-1-b",
            Self.pod.replacing("web-1-a", with: "web-1-b").replacing("10.0.0.1", with: "10.0.0.2")
                .replacing(#""uid":"u""#, with: #""uid":"v""#))
        try await server.serve(port: port) { _ in
            try await until { follower.naming.name(at: [second]) != nil }
        }
        running.cancel()
        await running.value
        await follower.shutdown()
    }

    @Test("pods wait for owners that a server in trouble refuses, and not for ever")
    func trouble() async throws {
        await server.set { $0.troubled = ["/apis/batch/v1/jobs": 503] }
        await server.put("/api/v1/pods", "web-1-a", Self.pod)
        try await following { follower in
            let address = try #require(IPAddress("10.0.0.1"))
            let jobs = try #require(follower.health.first { $0.resource == "jobs" })
            try await until { jobs.state.failures >= 5 }
            #expect(jobs.state.refusals < 10 && follower.naming.name(at: [address]) == nil)
            try await until { follower.naming.name(at: [address]) != nil }
            #expect(jobs.state.refusals >= 10)
            await server.set { $0.troubled = [:] }
            try await until { jobs.state.isComplete }
            #expect(jobs.state.refusals == 0)
        }
    }

    @Test("a namespace is known with its labels and the annotations that are ours, and goes")
    func namespaces() async throws {
        await server.put(
            "/api/v1/namespaces", "shop",
            #"{"metadata":{"name":"shop","uid":"u","labels":{"team":"a"},"annotations":{"fovea.network/observe":"yes","retina.sh":"observe","other/long":"x"}}}"#
        )
        try await following { follower in
            let directory = follower.naming.directory
            try await until { directory.namespace("shop") != nil }
            #expect(directory.namespace("shop")?.labels == ["team": "a"])
            #expect(
                directory.namespace("shop")?.annotations
                    == ["fovea.network/observe": "yes", "retina.sh": "observe"])
            await server.delete("/api/v1/namespaces", "shop")
            try await until { directory.namespace("shop") == nil }
        }
    }

    // MARK: Pieces

    /// The suite's time limit ends a wait for what never comes.
    private func until(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(2)) }
    }

    private static func metadata(_ name: String, _ more: String = "") -> String {
        #"{"metadata":{"name":"\#(name)","namespace":"shop","uid":"u-\#(name)"\#(more)}}"#
    }

    private static let replicaSet = metadata(
        "web-1",
        #","ownerReferences":[{"kind":"Deployment","name":"web","controller":true}]"#)

    private static let pod =
        #"{"metadata":{"name":"web-1-a","namespace":"shop","uid":"u","ownerReferences":[{"kind":"ReplicaSet","name":"web-1","controller":true}]},"spec":{"nodeName":"n1"},"status":{"phase":"Running","podIP":"10.0.0.1"}}"#

    private func value(
        _ follower: ClusterFollower, _ metric: String, _ resource: String
    ) throws -> UInt64 {
        var samples = SampleBuffer()
        try follower.collector.collect(into: &samples)
        let rows = samples.families.first { $0.descriptor.name == metric }?.rows ?? []
        guard
            case .count(let count)? = rows.first(where: { $0.labels.contains("\"\(resource)\"") })?
                .value
        else { throw Missing(metric: metric) }
        return count
    }

    private struct Missing: Error { let metric: String }

    private static func follower(_ url: String, onlyOwn: Bool = false) throws -> ClusterFollower {
        var log = Logger(label: "follower")
        log.logLevel = .critical
        return ClusterFollower(
            try APIClient(ClusterAccess(server: url), userAgent: "fovea-tests"), node: "n1",
            onlyOwn: onlyOwn, log: log,
            backoff: Backoff(first: .milliseconds(10), most: .milliseconds(50)))
    }

    private func following(
        onlyOwn: Bool = false,
        _ body: @escaping @Sendable (ClusterFollower) async throws -> Void
    ) async throws {
        try await server.serve { url in
            try await Self.follower(url, onlyOwn: onlyOwn).whileRunning(body)
        }
    }
}
