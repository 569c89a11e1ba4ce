import Foundation
import TestSupport
import Testing
import WindowsBackend

@testable import Agent

/// What `fovea agent --replay` serves. Tests/EndToEnd starts the program itself.
struct ReplayTests {
    private static func fixture(_ name: String) throws -> RecordingFolder {
        try RecordingFolder(reading: Repository.url("Tests/Fixtures/windows/\(name)").path())
    }

    private static func served(
        _ folder: RecordingFolder, log: LogRecorder = LogRecorder()
    ) -> ServedAgent {
        let now = ContinuousClock.now
        return ServedAgent(folder.backend(.everything, log: log.log, now: { now }))
    }

    private static func lines(_ agent: ServedAgent) async throws -> Set<Substring> {
        // How long it took, and how many series it was, are said of the serving.
        Set(
            try await agent.get("/metrics").lines.filter {
                !$0.contains("_duration_seconds{") && !$0.contains("fovea_series")
            })
    }

    @Test("it serves the accepted scrape of its node, and one line that says what it is")
    func scrape() async throws {
        let replayed = try await Self.lines(Self.served(Self.fixture("server2022-calico-30-pods")))
        let accepted = try Repository.text(Repository.windowsScrape).split(separator: "\n")
            .filter { !$0.contains("fovea_series") }
        #expect(
            replayed.subtracting(accepted) == [
                "fovea_capability_available{capability=\"live node\"} 0"
            ])
        #expect(Set(accepted).subtracting(replayed) == [])
    }

    @Test(
        "a node is shown with its checks and a page that says that its numbers are not of now",
        arguments: ["server2022-transparent-without-vfp", "server2025-nat-hcn-only"])
    func page(_ name: String) async throws {
        let agent = try Self.served(Self.fixture(name))
        #expect(try await agent.get("/healthz").text == "ok\n")
        #expect(try await agent.get("/readyz").text == "ok\n")
        let html = try await agent.get("/").text
        #expect(html.contains("A replay of a recorded Windows node"))
        #expect(!html.contains("this Windows node"))
        #expect(
            html.contains("<td>live node</td><td>no</td><td>this is a replay of the recording in"))
        #expect(
            try await Self.lines(agent).contains { $0.hasPrefix("fovea_interface_bytes_total{") })
    }

    @Test("answers come in their order: a failure in the middle is one scrape's")
    func advances() async throws {
        let agent = try Self.served(Self.fixture("server2022-hns-restarts"))
        // Those that need the list of endpoints, which each scrape asks for once.
        for scrape in 1...5 {
            let lines = try await agent.get("/metrics").lines
            for collector in ["hns", "services", "vfp"] {
                let line =
                    "fovea_collector_success{collector=\"\(collector)\"} \(scrape == 1 ? 0 : 1)"
                #expect(lines.contains { $0 == line }, "scrape \(scrape)")
            }
        }
    }

    @Test("what fovea record writes can be replayed, and says when it was recorded")
    func recordsAndReplays() async throws {
        let copy = FileManager.default.temporaryDirectory.appending(
            path: "fovea-replay-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        let folder = try Self.fixture("server2019-flannel-overlay")
        try NodeRecording(.replaying(folder.node), hashesNames: false, listens: 0)
            .write(to: RecordingFolder(creating: copy.path())) { _ in }
        let again = try Self.served(RecordingFolder(reading: copy.path()))
        #expect(try await again.get("/").text.contains("this is a replay of the recording of 20"))
        let values = { (lines: Set<Substring>) in
            lines.compactMap { $0.contains("fovea_pod_") ? $0.split(separator: " ").last : nil }
                .sorted()
        }
        #expect(
            try await values(Self.lines(again)) == values(Self.lines(Self.served(folder))))
    }

    // MARK: Published answers

    private static let published = Repository.url("../shared/fixtures/windows")

    @Test(
        "what other people's nodes said is replayed, laid out as a recording",
        .enabled(
            if: FileManager.default.fileExists(atPath: published.path()),
            "no published recordings in ../shared/fixtures/windows"))
    func publishedAnswers() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "fovea-published-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        for part in ["hns", "vfp"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: part), withIntermediateDirectories: true)
        }
        for (file, name) in [
            ("hns-v1/hnscall-get-networks-overlay-plus-nat-ws2019-zh.json", "hns/networks.json"),
            ("vfpctrl/list-vmswitch-port-hyperv-vm-1.txt", "vfp/ports.txt"),
        ] {
            try FileManager.default.copyItem(
                at: Self.published.appending(path: file), to: folder.appending(path: name))
        }
        // Published without the envelope around it, and without the list.
        let endpoint = try String(
            contentsOf: Self.published.appending(
                path: "hns-v1/endpoint-remote-overlay-flannel-hns5.json"), encoding: .utf8)
        try "{\"Success\":true,\"Output\":[\(endpoint)]}".write(
            to: folder.appending(path: "hns/endpoints.json"), atomically: true, encoding: .utf8)
        try "{\"Success\":true,\"Output\":[]}".write(
            to: folder.appending(path: "hns/policylists.json"), atomically: true, encoding: .utf8)
        let lines = try await Self.lines(Self.served(RecordingFolder(reading: folder.path())))
        #expect(lines.contains("fovea_windows_hns_networks{type=\"overlay\"} 1"))
        #expect(lines.contains("fovea_windows_hns_networks{type=\"nat\"} 1"))
        #expect(lines.contains("fovea_capability_available{capability=\"vfp port counters\"} 1"))
        // The one endpoint is another node's.
        #expect(!lines.contains { $0.hasPrefix("fovea_pod_") })
        #expect(lines.contains("fovea_collector_success{collector=\"hns\"} 1"))
    }
}
