import Foundation
import Logging
import MetricSchema
import Observability
import TestAPIServer
import TestSupport
import Testing

@testable import Kubernetes

/// MetricsConfigurations from the cluster: which is in force, and what is written back.
@Suite(.timeLimit(.minutes(2)))
struct ContextsFollowerTests {
    private let server = FakeAPIServer()
    private let contexts = MetricContexts()
    private static let path = MetricsConfigurationRecord.resource.path
    private static let local = #"{"contexts":[{"metrics":["fovea_*"],"levels":["local"]}]}"#
    private static let node = #"{"contexts":[{"metrics":["fovea_*"],"levels":["node"]}]}"#
    private static let wrong = #"{"contexts":[{"metrics":["fovea_*"],"levels":["lokal"]}]}"#
    private static let problem =
        "spec.contexts[0].levels[0]: takes node, local, remote, not 'lokal'; did you mean 'local'?"

    @Test("a document is in force, one that is made wrong is not, and the status says so once")
    func life() async throws {
        await put("default", Self.local)
        try await following(agents: 5) {
            try await becomes { levels == [.local] }
            try await says("InForce", generation: 1)
            let spread = try #require(try await lastStatus()["lastGood"] as? [String: Any])
            #expect(spread["generation"] as? Int == 1)
            await put("default", Self.wrong, generation: 2)
            try await becomes { accepted == 0 }
            #expect(levels == [.local])
            try await says("Invalid", generation: 2)
            let condition = try await lastCondition()
            #expect(condition["status"] as? String == "False")
            #expect(
                condition["message"] as? String == Self.problem + "; generation 1 stays in force")
            await put("default", Self.node, generation: 3)
            try await becomes { levels == [.node] && accepted == 1 }
            try await says("InForce", generation: 3)
            await server.delete(Self.path, "default")
            try await becomes { levels == nil && accepted == nil }
        }
        // Of five agents one wrote each of them.
        #expect(await server.patches.count == 3)
    }

    @Test("an agent that begins while the newest is wrong goes by the last good one in its status")
    func lastGood() async throws {
        await server.put(
            Self.path, "default",
            object("default", Self.wrong, generation: 7)
                .replacing(
                    #""spec":"#,
                    with: #""status":{"lastGood":{"generation":6,"spec":\#(Self.node)}},"spec":"#,
                    maxReplacements: 1))
        try await following {
            try await becomes { levels == [.node] && accepted == 0 }
            try await says("Invalid", generation: 7)
            let message = try await lastCondition()["message"] as? String
            #expect(message?.hasSuffix("; generation 6 stays in force") == true)
        }
    }

    @Test("of several the newest good one is in force, and the others are told which that is")
    func several() async throws {
        await put("old", Self.local, created: "2026-01-01T00:00:00Z")
        await put("new", Self.node, created: "2026-02-01T00:00:00Z")
        try await following {
            try await becomes { levels == [.node] }
            try await becomes { await server.patches.count >= 2 }
            await put("newest", Self.wrong, created: "2026-03-01T00:00:00Z")
            try await becomes { accepted == 0 }
            #expect(levels == [.node])
            try await says("Invalid", generation: 1)
            await server.delete(Self.path, "newest")
            await server.delete(Self.path, "new")
            try await becomes { levels == [.local] && accepted == 1 }
            try await says("InForce", generation: 1)
        }
        let reasons = await server.patches.map { patch in
            "\(patch.path.split(separator: "/").dropLast().last ?? "") \(Self.condition(patch.body)["reason"] ?? "")"
        }
        #expect(
            reasons.sorted() == ["new InForce", "newest Invalid", "old InForce", "old Superseded"])
    }

    @Test("an agent that finds no fault leaves the word of one that does")
    func disagreement() async throws {
        let refused =
            #""status":{"observedGeneration":1,"conditions":[{"type":"Accepted","status":"False","reason":"Invalid","message":"by an older agent","observedGeneration":1,"lastTransitionTime":"2026-01-01T00:00:00Z"}]},"spec":"#
        await server.put(
            Self.path, "default",
            object("default", Self.local).replacing(
                #""spec":"#, with: refused, maxReplacements: 1))
        await put("other", Self.wrong, created: "2025-01-01T00:00:00Z")
        try await following {
            try await becomes { levels == [.local] }
            try await says("Invalid", generation: 1)
        }
        #expect(await server.patches.map(\.path) == ["\(Self.path)/other/status"])
    }

    @Test(
        "a role that may not write the status is asked once, and documents are in force all the same"
    )
    func readOnly() async throws {
        await server.set { $0.forbidden = ["\(Self.path)/default/status"] }
        await put("default", Self.local)
        try await following {
            try await becomes { await server.requests.contains { $0.hasPrefix("PATCH") } }
            await put("default", Self.node, generation: 2)
            try await becomes { levels == [.node] }
        }
        #expect(await server.requests.count { $0.hasPrefix("PATCH") } == 1)
    }

    @Test("a cluster without the kind is asked again, and a kind that comes is followed")
    func absent() async throws {
        await server.set { $0.missing = [Self.path] }
        try await following(absence: .milliseconds(20)) {
            try await becomes {
                await server.requests.count { $0.hasPrefix(Self.path) } >= 3
            }
            await put("default", Self.local)
            await server.set { $0.missing = [] }
            try await becomes { levels == [.local] }
        }
    }

    @Test("what the cluster knows of a pod is its node, zone, address, labels and annotation")
    func facts() throws {
        let directory = ClusterDirectory { _ in }
        directory.apply(
            nodes: .replaced([
                try Self.decode(
                    #"{"metadata":{"name":"n1","uid":"n","labels":{"topology.kubernetes.io/zone":"z"}}}"#
                )
            ]))
        func put(_ team: String) throws {
            directory.apply(
                pods: .set(
                    try Self.decode(
                        #"{"metadata":{"name":"a","namespace":"shop","uid":"a","labels":{"team":"\#(team)"},"annotations":{"fovea.network/observe":"false"}},"spec":{"nodeName":"n1"},"status":{"podIP":"10.0.0.1"}}"#
                    )))
        }
        try put("till")
        var facts = PodFacts()
        (facts.address, facts.node, facts.zone) = (IPAddress("10.0.0.1"), "n1", "z")
        facts.labels = ["team": "till"]
        facts.isObserved = false
        #expect(directory.facts(of: PodName(namespace: "shop", pod: "a")) == facts)
        #expect(directory.facts(of: PodName(namespace: "shop", pod: "b")) == nil)
        #expect(directory.zone(ofNode: "n1") == "z")
        let before = directory.factsGeneration
        try put("till")
        #expect(directory.factsGeneration == before)
        try put("web")
        #expect(directory.factsGeneration > before)
    }

    @Test("a namespace's annotation is its pods', unless they have their own")
    func namespaceAnnotation() throws {
        let directory = ClusterDirectory { _ in }
        func pod(_ name: String, _ annotations: String) throws -> PodRecord {
            try Self.decode(
                #"{"metadata":{"name":"\#(name)","namespace":"shop","uid":"\#(name)","annotations":{\#(annotations)}},"spec":{}}"#
            )
        }
        directory.apply(
            pods: .replaced([
                try pod("a", ""), try pod("b", #""fovea.network/observe":"true""#),
                try pod("c", #""fovea.network/observe":"perhaps""#),
            ]))
        func observed() -> [Bool?] {
            ["a", "b", "c"].map {
                directory.facts(of: PodName(namespace: "shop", pod: $0))?.isObserved
            }
            .map { $0 ?? nil }
        }
        #expect(observed() == [nil, true, nil])
        let before = directory.factsGeneration
        directory.apply(
            namespaces: .replaced([
                try Self.decode(
                    #"{"metadata":{"name":"shop","uid":"s","annotations":{"fovea.network/observe":"false"}}}"#
                )
            ]))
        #expect(observed() == [false, true, false])
        #expect(directory.factsGeneration > before)
    }

    // MARK: Pieces

    private static let soon = Backoff(first: .milliseconds(5), most: .milliseconds(20))
    private static var quiet: Logger {
        var log = Logger(label: "test")
        log.logLevel = .critical
        return log
    }

    private static func decode<Value: Decodable>(_ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }

    private func client(_ url: String) throws -> APIClient {
        try APIClient(ClusterAccess(server: url), userAgent: "fovea-tests")
    }

    /// The levels of the first context in force.
    private var levels: Set<MetricLevel>? { contexts.configuration.contexts.first?.levels }

    private var accepted: UInt64? {
        let family = contexts.apply(to: SampleBuffer()).families.first {
            $0.descriptor === Catalog.contextsAccepted.descriptor
        }
        if case .count(let count) = family?.values.first { return count }
        return nil
    }

    private func object(
        _ name: String, _ spec: String, generation: Int = 1,
        created: String = "2026-01-01T00:00:00Z"
    ) -> String {
        #"{"metadata":{"name":"\#(name)","uid":"\#(name)","generation":\#(generation),"creationTimestamp":"\#(created)"},"spec":\#(spec)}"#
    }

    /// As a user changes it: what agents wrote of it stays.
    private func put(
        _ name: String, _ spec: String, generation: Int = 1,
        created: String = "2026-01-01T00:00:00Z"
    ) async {
        var text = object(name, spec, generation: generation, created: created)
        if let status = await server.patches.last(where: { $0.path.contains("/\(name)/") })
            .map({ Self.status($0.body) }),
            let bytes = try? JSONSerialization.data(withJSONObject: status)
        {
            text =
                String(text.dropLast()) + ",\"status\":\(String(decoding: bytes, as: UTF8.self))}"
        }
        await server.put(Self.path, name, text)
    }

    private static func status(_ patch: String) -> [String: Any] {
        let fields = (try? JSONSerialization.jsonObject(with: Data(patch.utf8))) as? [String: Any]
        return fields?["status"] as? [String: Any] ?? [:]
    }

    private static func condition(_ patch: String) -> [String: Any] {
        (status(patch)["conditions"] as? [[String: Any]])?.first ?? [:]
    }

    private func lastStatus() async throws -> [String: Any] {
        Self.status(try #require(await server.patches.last).body)
    }

    private func lastCondition() async throws -> [String: Any] {
        Self.condition(try #require(await server.patches.last).body)
    }

    private func says(_ reason: String, generation: Int) async throws {
        try await becomes {
            guard let last = await server.patches.last else { return false }
            let condition = Self.condition(last.body)
            return condition["reason"] as? String == reason
                && condition["observedGeneration"] as? Int == generation
        }
    }

    /// The suite's time limit ends a wait for what never comes.
    private func becomes(_ condition: () async throws -> Bool) async throws {
        while try await !condition() { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// While as many agents follow the server; only the first one's contexts are looked at.
    private func following(
        agents: Int = 1, absence: Duration = .seconds(300), _ body: () async throws -> Void
    ) async throws {
        try await server.serve { url in
            let client = try client(url)
            let followers = (0..<agents).map { number in
                ContextsFollower(
                    client, number == 0 ? contexts : MetricContexts(), log: Self.quiet,
                    backoff: Self.soon, absence: absence, spread: { .milliseconds(20) })
            }
            let running = followers.map { follower in Task { await follower.run() } }
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            for task in running { task.cancel() }
            for task in running { await task.value }
            await client.shutdown()
            try result.get()
        }
    }
}
