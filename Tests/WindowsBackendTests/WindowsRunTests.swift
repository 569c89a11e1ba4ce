import MetricSchema
import Observability
import Synchronization
import Testing

@testable import WindowsBackend

/// What the backend does as long as the agent runs.
@Suite(.timeLimit(.minutes(5)))
struct WindowsRunTests {
    /// A cluster whose pods change.
    private final class Naming: EndpointNaming {
        let changes: AsyncStream<Void>
        let changed: AsyncStream<Void>.Continuation
        private let counts = Mutex((waiting: 0, taken: 0))

        init() {
            (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        }

        /// Says that there is another one to take.
        func change() {
            counts.withLock { $0.waiting += 1 }
            changed.yield()
        }

        var waiting: Int { counts.withLock { $0.waiting } }
        var taken: Int { counts.withLock { $0.taken } }

        func takeChanges() -> [IPAddress: Identity?] {
            counts.withLock { counts in
                counts.taken += counts.waiting
                counts.waiting = 0
            }
            return [:]
        }

        func name(at _: [IPAddress]) -> EndpointName? { nil }
        var pods: [LocalPod] { [] }
        var newcomers: Newcomers { .none }
        let podRanges: [AddressRange] = []
        let zone = ""
        var services: ServiceIndex? { nil }
        var policies: (any PolicyJudge)? { nil }
        var otherNodes: (any PeerNodeSource)? { nil }
    }

    /// Counts what is started and stopped.
    private final class Pktmon: PktmonTransport {
        let sessions = Mutex<[String]>([])
        func ask(_ request: PktmonRequest) throws(WindowsCallError) -> [UInt8] { Array("[]".utf8) }
        func start() throws(WindowsCallError) { sessions.withLock { $0.append("start") } }
        func stop() throws(WindowsCallError) { sessions.withLock { $0.append("stop") } }
    }

    private static func transports(_ pktmon: Pktmon) -> WindowsTransports {
        let node = RecordedNode { _ in nil }
        return WindowsTransports(
            hns: ReplayingHNS(node), hcn: ReplayingHCN(node), vfp: ReplayingVFP(node),
            pktmon: pktmon, packets: ReplayingPacketStream(node),
            ipHelper: ReplayingIPHelper(node), perf: ReplayingPerf(node),
            events: ReplayingEvents(node))
    }

    @Test("what the cluster says of changes is taken as it comes, and does not pile up")
    func takesChanges() async throws {
        let naming = Naming()
        let backend = WindowsBackend(
            Self.transports(Pktmon()), naming: naming, log: .silent)
        naming.change()
        #expect(naming.taken == 0)
        let run = Task { await backend.run() }
        for turn in 1...5 {
            while naming.taken < turn { try await Task.sleep(for: .milliseconds(1)) }
            #expect(naming.waiting == 0)
            naming.change()
        }
        run.cancel()
        await run.value
    }

    @Test(
        "pktmon that was started is stopped when the agent ends, with a cluster or without",
        arguments: [false, true])
    func stopsPktmon(hasCluster: Bool) async throws {
        let pktmon = Pktmon()
        let naming = hasCluster ? Naming() : nil
        var settings = WindowsSettings()
        settings.startsPktmon = true
        let backend = WindowsBackend(
            Self.transports(pktmon), settings: settings, naming: naming, log: .silent)
        #expect(pktmon.sessions.withLock { $0 } == ["start"])
        let run = Task { await backend.run() }
        run.cancel()
        await run.value
        #expect(pktmon.sessions.withLock { $0 } == ["start", "stop"])
    }

    @Test("a session that is not the agent's is left running")
    func leavesOthers() async {
        let pktmon = Pktmon()
        let backend = WindowsBackend(Self.transports(pktmon), log: .silent)
        let run = Task { await backend.run() }
        run.cancel()
        await run.value
        #expect(pktmon.sessions.withLock { $0 } == [])
    }
}
