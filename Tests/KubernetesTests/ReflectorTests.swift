import Kubernetes
import Logging
import NIOCore
import Observability
import TestAPIServer
import Testing

/// The reflector against a server that has every bad habit servers have.
@Suite(.timeLimit(.minutes(15)))
struct ReflectorTests {
    private static let pods = "/api/v1/pods"
    private let server = FakeAPIServer()

    @Test("all there is comes first, then each change", arguments: [true, false])
    func follows(streamsLists: Bool) async throws {
        await server.set { $0.streamsLists = streamsLists }
        for number in 0..<1_203 {
            await put("pod-\(number)", "10.0.\(number / 250).\(number % 250)")
        }
        try await following { picture in
            try await picture.becomes { $0.count == 1_203 }
            await put("late", "10.9.9.9")
            await server.delete(Self.pods, "pod-7")
            try await picture.becomes { $0["late"] == ["10.9.9.9"] && $0["pod-7"] == nil }
            await put("late", "10.9.9.10")
            try await picture.becomes { $0["late"] == ["10.9.9.10"] }
        }
        let pages = await server.requests.filter { $0.contains("limit=500") }.count
        #expect(pages == (streamsLists ? 0 : 3))
    }

    @Test("a broken watch goes on where it stopped, without a list")
    func resumes() async throws {
        await put("a", "10.0.0.1")
        try await following { picture in
            try await picture.becomes { $0.count == 1 }
            try await watched()
            await server.disconnect()
            await put("b", "10.0.0.2")
            try await picture.becomes { $0.count == 2 }
            #expect(await picture.replacements == 1)
        }
    }

    @Test("a bookmark moves the place to go on from")
    func bookmarks() async throws {
        await put("a", "10.0.0.1")
        try await following { picture in
            try await picture.becomes { $0.count == 1 }
            try await watched()
            for _ in 0..<3 { await server.bookmark(Self.pods) }
            await server.disconnect()
            await put("b", "10.0.0.2")
            try await picture.becomes { $0.count == 2 }
            let versions = await server.requests.compactMap {
                $0.firstMatch(of: /resourceVersion=(\d+)/).flatMap { Int($0.1) }
            }
            #expect(versions.contains(104))
        }
    }

    @Test(
        "a place the server forgot is left, and what went meanwhile is seen to be gone",
        arguments: [true, false])
    func expired(inTheWatch: Bool) async throws {
        await put("a", "10.0.0.1")
        await put("b", "10.0.0.2")
        try await following { picture in
            try await picture.becomes { $0.count == 2 }
            try await watched()
            await server.deleteSilently(Self.pods, "b")
            if inTheWatch { await server.forget() } else { await server.disconnect() }
            try await picture.becomes { $0.count == 1 && $0["b"] == nil }
            #expect(await picture.replacements == 2)
        }
    }

    @Test("things said twice, too late, unreadable or of no known type change nothing")
    func noise() async throws {
        await server.set { $0.repeats = true }
        await put("a", "10.0.0.1")
        try await following { picture in
            try await picture.becomes { $0.count == 1 }
            try await watched()
            await put("a", "10.0.0.2")
            try await picture.becomes { $0["a"] == ["10.0.0.2"] }
            let old = Self.pod("a", "10.0.0.99").replacing(
                #""metadata":{"#, with: #""metadata":{"resourceVersion":"3","#)
            await server.say(Self.pods, #"{"type":"MODIFIED","object":\#(old)}"#)
            await server.say(Self.pods, "{")
            await server.say(Self.pods, #"{"type":"SURPRISE","object":{}}"#)
            await server.say(Self.pods, #"{"type":"ADDED","object":{"metadata":{"name":"x"}}}"#)
            await put("b", "10.0.0.3")
            try await picture.becomes { $0 == ["a": ["10.0.0.2"], "b": ["10.0.0.3"]] }
        }
    }

    @Test("refusals are waited out, and counted", arguments: [429, 500, 503, 403])
    func refusals(_ code: Int) async throws {
        await put("a", "10.0.0.1")
        await server.set { $0.refusals = [code, code] }
        try await following { picture in
            try await picture.becomes { $0.count == 1 }
            #expect(picture.health.state.failures == 2)
            #expect(picture.health.state.isComplete)
        }
    }

    @Test("a server that ends watches after each event loses none")
    func shortWatches() async throws {
        await server.set {
            $0.eventsPerWatch = 1; $0.streamsLists = false
        }
        try await following { picture in
            for number in 0..<20 {
                await put("pod-\(number)", "10.0.0.\(number)")
            }
            try await picture.becomes { $0.count == 20 }
        }
    }

    @Test("a watch that goes silent is taken for dead, and gone on from where it was")
    func silence() async throws {
        await put("a", "10.0.0.1")
        try await following(silence: .milliseconds(300)) { picture in
            try await picture.becomes { $0.count == 1 }
            try await watched()
            await server.set { $0.isMute = true }
            await put("b", "10.0.0.2")
            try await picture.becomes { $0.count == 2 }
            #expect(await picture.replacements == 1)
            #expect(picture.health.state.failures > 0)
        }
    }

    @Test("events that come in small pieces are whole", arguments: [1, 7])
    func slow(_ pieces: Int) async throws {
        await server.set { $0.pieces = pieces }
        for number in 0..<20 { await put("pod-\(number)", "10.0.0.\(number)") }
        try await following { picture in
            try await picture.becomes { $0.count == 20 }
            try await watched()
            await put("late", "10.0.0.99")
            try await picture.becomes { $0["late"] == ["10.0.0.99"] }
        }
    }

    // MARK: Pieces

    private func put(_ name: String, _ address: String) async {
        await server.put(Self.pods, name, Self.pod(name, address))
    }

    private static func pod(_ name: String, _ address: String) -> String {
        #"{"metadata":{"name":"\#(name)","namespace":"shop","uid":"u-\#(name)"},"spec":{"nodeName":"n1"},"status":{"phase":"Running","podIP":"\#(address)","podIPs":[{"ip":"\#(address)"}]}}"#
    }

    /// Until the reflector is in its watch.
    private func watched() async throws {
        while await !server.isFollowed(Self.pods) {
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func following(
        silence: TimeAmount = .seconds(150),
        _ body: @escaping @Sendable (Picture) async throws -> Void
    ) async throws {
        try await server.serve { url in
            let client = try APIClient(
                ClusterAccess(server: url), userAgent: "fovea-tests", silence: silence)
            let picture = Picture()
            var log = Logger(label: "reflector")
            log.logLevel = .critical
            let reflector = Reflector<PodRecord>(
                client, health: picture.health, log: log,
                backoff: Backoff(first: .milliseconds(10), most: .milliseconds(50)))
            let following = Task { await reflector.run { await picture.apply($0) } }
            let result: Result<Void, any Error>
            do { result = .success(try await body(picture)) } catch { result = .failure(error) }
            following.cancel()
            await following.value
            await client.shutdown()
            try result.get()
        }
    }
}

/// What the reflector has said so far, and whoever waits for it to say more.
private actor Picture {
    nonisolated let health = ReflectorHealth(PodRecord.resource)
    private(set) var replacements = 0
    private var store = RecordStore<PodRecord>()

    func apply(_ change: ReflectedChange<PodRecord>) {
        if case .replaced = change { replacements += 1 }
        _ = store.apply(change)
    }

    private var addresses: [String: [String]] {
        Dictionary(
            store.all.map { ($0.key.name, $0.addresses.map(\.description)) },
            uniquingKeysWith: { $1 })
    }

    /// The suite's time limit ends a wait for what never comes.
    func becomes(_ expected: @Sendable ([String: [String]]) -> Bool) async throws {
        while !expected(addresses) { try await Task.sleep(for: .milliseconds(5)) }
    }
}
