import MetricSchema
import Testing
import WindowsBackend

@Suite struct WindowsBackendTests {
    @Test("an HNS that answers is a capability, and is collected")
    func findsHNS() throws {
        let backend = WindowsBackend(
            Recording("azure-cni-three-pods").hns, log: .silent)
        #expect(backend.system == .windows)
        #expect(backend.capabilities.map(\.missing) == [nil])
        #expect(backend.capabilities.flatMap(\.absentMetrics) == [])
        #expect(backend.collectors.map(\.name) == [CollectorName("hns")])
    }

    @Test(
        "a system without HNS lacks the capability, with the reason, and has no collector",
        arguments: [HRESULT.notImplemented, .moduleNotFound, .exportNotFound, .accessDenied])
    func missesHNS(_ result: HRESULT) throws {
        let backend = WindowsBackend(
            ReplayingHNS(["/endpoints/": [.failure(result)]]), log: .silent)
        #expect(backend.capabilities.map(\.missing) == ["HNSCall(GET /endpoints/): \(result)"])
        #expect(backend.capabilities[0].absentMetrics.contains("fovea_pod_forward_packets_total"))
        #expect(backend.collectors.isEmpty)
    }

    @Test("an HNS that is only starting keeps its collector")
    func waitsForHNS() throws {
        let backend = WindowsBackend(
            ReplayingHNS(["/endpoints/": [.failure(.serverUnavailable)]]), log: .silent)
        #expect(backend.capabilities.map(\.missing) == [nil])
        #expect(backend.collectors.count == 1)
    }

    @Test("it runs until it is cancelled")
    func runsUntilCancelled() async {
        let backend = WindowsBackend(ReplayingHNS([:]), log: .silent)
        let run = Task { await backend.run() }
        run.cancel()
        await run.value
    }
}
