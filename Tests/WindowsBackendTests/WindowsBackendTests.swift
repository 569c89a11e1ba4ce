import MetricSchema
import Testing
import WindowsBackend

@Suite struct WindowsBackendTests {
    private func missing(_ name: String, in recording: String) -> String? {
        let backend = WindowsBackend(Recording(recording).transports, log: .silent)
        return backend.capabilities.first { $0.name == name }?.missing
    }

    private func backend(failing result: HRESULT) -> WindowsBackend {
        let node = RecordedNode { name in
            name == "hns/endpoints.error" ? Array("\(result.code)".utf8) : nil
        }
        return WindowsBackend(.replaying(node), log: .silent)
    }

    @Test("a node where everything answers has every capability and collector")
    func findsAll() {
        let backend = WindowsBackend(
            Recording("server2022-calico-30-pods").transports, settings: .everything, log: .silent)
        #expect(backend.system == .windows)
        #expect(backend.capabilities.compactMap(\.missing) == [])
        #expect(
            backend.collectors.map(\.name.value) == [
                "hns", "services", "vfp", "hyper-v", "interfaces", "stack", "pod-stack", "pktmon",
                "packet-stream", "dns-client",
            ])
    }

    @Test(
        "a system without HNS lacks the capability, with the reason, and has no collector",
        arguments: [HRESULT.notImplemented, .moduleNotFound, .exportNotFound, .accessDenied])
    func missesHNS(_ result: HRESULT) throws {
        let backend = backend(failing: result)
        let hns = try #require(
            backend.capabilities.first { $0.name == "hns endpoint counters" })
        #expect(hns.missing == "HNSCall(GET /endpoints/): \(result)")
        #expect(hns.absentMetrics.contains("fovea_pod_forward_packets_total"))
        #expect(backend.collectors.isEmpty)
    }

    @Test("an HNS that is only starting keeps its collectors")
    func waitsForHNS() {
        let backend = backend(failing: .serverUnavailable)
        #expect(backend.capabilities.first?.missing == nil)
        #expect(backend.collectors.map(\.name.value) == ["hns", "services"])
    }

    @Test("what changes the node or costs it for each packet is left alone unless it is asked for")
    func touchesNothing() {
        let settings = WindowsSettings()
        #expect(!settings.startsPktmon && !settings.readsPacketStream)
        let backend = WindowsBackend(
            Recording("server2022-calico-30-pods").transports, log: .silent)
        #expect(!backend.collectors.map(\.name.value).contains("packet-stream"))
        #expect(!backend.capabilities.map(\.name).contains("packet monitor stream"))
    }

    @Test("a node without vfpctrl says so, and one whose pktmon is somebody else's")
    func saysWhatIsMissing() {
        let node = "server2022-transparent-without-vfp"
        #expect(
            missing("vfp port counters", in: node)?.contains("0x80070002") == true)
        #expect(missing("pktmon counters", in: node)?.contains("exit status 1") == true)
        #expect(missing("hns endpoint counters", in: node) == nil)
        let old = "server2019-flannel-overlay"
        #expect(missing("pktmon counters", in: old)?.contains("exit status 87") == true)
    }

    @Test("pktmon that is asked to count and cannot is missing with what it said")
    func saysWhyPktmonIsBusy() {
        var settings = WindowsSettings()
        settings.startsPktmon = true
        let backend = WindowsBackend(
            Recording("server2022-transparent-without-vfp").transports, settings: settings,
            log: .silent)
        let pktmon = backend.capabilities.first { $0.name == "pktmon counters" }
        #expect(pktmon?.missing?.contains("Packet Monitor is already started.") == true)
    }

    @Test("it runs until it is cancelled")
    func runsUntilCancelled() async {
        let backend = WindowsBackend(.replaying(RecordedNode { _ in nil }), log: .silent)
        let run = Task { await backend.run() }
        run.cancel()
        await run.value
    }
}
