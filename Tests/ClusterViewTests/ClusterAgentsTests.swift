import ClusterView
import Kubernetes
import TestAPIServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ClusterAgentsTests {
    private static func pod(
        _ name: String, node: String, port: Int = 10_093, phase: String = "Running",
        ready: Bool = true, annotations: String = "{}"
    ) -> String {
        #"""
        {"metadata":{"name":"\#(name)","namespace":"fovea","uid":"\#(name)","annotations":\#(annotations)},
        "spec":{"nodeName":"\#(node)","containers":[{"name":"fovea","ports":[
        {"name":"other","containerPort":1},{"name":"metrics","containerPort":\#(port)}]}]},
        "status":{"phase":"\#(phase)","conditions":[{"type":"Ready","status":"\#(ready ? "True" : "False")"}]}}
        """#
    }

    private static func proxy(_ pod: String) -> String {
        "/api/v1/namespaces/fovea/pods/\(pod)/proxy/metrics"
    }

    private static func withAgents(
        _ server: FakeAPIServer, namespace: String? = nil,
        _ body: (ClusterAgents) async throws -> Void
    ) async throws {
        try await server.serve { url in
            let client = try APIClient(ClusterAccess(server: url), userAgent: "test")
            let result: Result<Void, any Error>
            do {
                try await body(ClusterAgents(client, namespace: namespace))
                result = .success(())
            } catch { result = .failure(error) }
            await client.shutdown()
            try result.get()
        }
    }

    @Test(
        "agents are found by label and read through the API server's proxy, each at its port and scheme"
    )
    func reads() async throws {
        let server = FakeAPIServer()
        await server.put("/api/v1/pods", "a", Self.pod("a", node: "node1"))
        await server.put("/api/v1/pods", "b", Self.pod("b", node: "node2", phase: "Pending"))
        await server.put(
            "/api/v1/pods", "c",
            Self.pod(
                "c", node: "node3", port: 9_443, ready: false,
                annotations: #"{"prometheus.io/scheme":"https"}"#))
        await server.put("/api/v1/pods", "d", Self.pod("d", node: "node4"))
        await server.proxy(Self.proxy("a:10093")) { (200, SampleScrape.linux(1)) }
        await server.proxy(Self.proxy("https:c:9443")) { (200, SampleScrape.windows(1)) }
        await server.proxy(Self.proxy("d:10093")) {
            (
                503,
                #"{"kind":"Status","code":503,"reason":"ServiceUnavailable","message":"error trying to reach service: refused"}"#
            )
        }
        try await Self.withAgents(server) { agents in
            let report = StatusReport(try await Fleet(agents).read(keeping: StatusReport.metrics))
            #expect(report.items.map(\.node) == ["node1", "node2", "node3", "node4"])
            #expect(report.items.map(\.version) == ["0.1.0", nil, "0.0.9", nil])
            #expect(report.items.map(\.isReady) == [true, true, false, true])
            #expect(report.items[0].problem == nil && report.items[2].problem == nil)
            #expect(report.items[1].problem == "its pod is Pending")
            #expect(
                report.items[3].problem
                    == "ServiceUnavailable: error trying to reach service: refused")
        }
        let requests = await server.requests
        #expect(
            requests.contains(
                "/api/v1/pods?labelSelector=app.kubernetes.io%2Fpart-of%3Dfovea&limit=500"))
    }

    @Test("flows that were lost are read the same way, and what is none is said to be none")
    func flows() async throws {
        let server = FakeAPIServer()
        for name in ["a", "b", "c"] {
            await server.put("/api/v1/pods", name, Self.pod(name, node: "node-\(name)"))
        }
        func path(_ pod: String) -> String {
            "/api/v1/namespaces/fovea/pods/\(pod):10093/proxy/drops/flows"
        }
        await server.proxy(path("a")) {
            (200, #"{"time":9,"isFollowed":true,"capacity":4,"madeRoom":1,"flows":[]}"#)
        }
        await server.proxy(path("b")) { (200, "{}") }
        await server.proxy(path("c")) { (404, "") }
        try await Self.withAgents(server) { agents in
            let answers = try await Fleet(agents).lostFlows()
            let report = LostFlowsReport(answers)
            #expect(report.madeRoom == ["node-a": 1])
            #expect(report.unreadable.map(\.node) == ["node-b", "node-c"])
            #expect(report.unreadable[0].problem.hasPrefix("not what was asked for: "))
        }
    }

    @Test("who may not ask a pod is told so in its row, and which right is missing")
    func forbidden() async throws {
        let server = FakeAPIServer()
        let pods = "/api/v1/namespaces/fovea/pods"
        await server.put(pods, "a", Self.pod("a", node: "node1"))
        await server.put(pods, "b", Self.pod("b", node: "node2"))
        await server.proxy(Self.proxy("a:10093")) { (200, SampleScrape.linux(1)) }
        await server.set { $0.forbidden = [Self.proxy("b:10093")] }
        try await Self.withAgents(server, namespace: "fovea") { agents in
            let report = StatusReport(try await Fleet(agents).read(keeping: StatusReport.metrics))
            #expect(report.items.map(\.version) == ["0.1.0", nil])
            #expect(
                report.items[1].problem == "Forbidden (the role lacks this verb on this resource)")
        }
    }

    @Test(
        "an agent that wants to be shown something itself is a row that says what, and by which way",
        arguments: [(401, "--token-file"), (403, "--client-certificate")])
    func refused(_ code: Int, _ option: String) async throws {
        let server = FakeAPIServer()
        await server.put("/api/v1/namespaces/fovea/pods", "a", Self.pod("a", node: "node1"))
        await server.proxy(Self.proxy("a:10093")) { (code, "") }
        try await Self.withAgents(server, namespace: "fovea") { agents in
            let report = StatusReport(try await Fleet(agents).read(keeping: StatusReport.metrics))
            let problem = try #require(report.items[0].problem)
            #expect(problem.hasPrefix("status \(code) (the agent wants a "), "\(problem)")
            #expect(problem.contains("--address with \(option)"), "\(problem)")
        }
    }

    @Test("who may not list pods everywhere is told what is enough")
    func forbiddenList() async throws {
        let server = FakeAPIServer()
        await server.set { $0.forbidden = ["/api/v1/pods"] }
        try await Self.withAgents(server) { agents in
            let error = await #expect(throws: AgentSourceError.self) { try await agents.places() }
            #expect(error?.description.contains("--agents-in NAMESPACE") == true)
        }
    }

    @Test("a cluster without agents is an error, not an empty table")
    func none() async throws {
        try await Self.withAgents(FakeAPIServer()) { agents in
            let error = await #expect(throws: AgentSourceError.self) { try await agents.places() }
            #expect(
                error?.description
                    == "no pod in any namespace has the label app.kubernetes.io/part-of=fovea")
        }
    }

    @Test("more agents than fit in one answer are all found")
    func pages() async throws {
        let server = FakeAPIServer()
        for number in 0..<1_203 {
            await server.put(
                "/api/v1/pods", "a\(number)", Self.pod("a\(number)", node: "n\(number)"))
        }
        try await Self.withAgents(server) { agents in
            let places = try await agents.places()
            #expect(Set(places.map(\.node)).count == 1_203)
        }
    }
}
