import Foundation
import MetricSchema
import Observability
import TestSupport
import Testing
import WindowsBackend

@testable import Agent

/// The whole agent for Windows, from what its transports said to the text of a scrape.
struct WindowsScrapeTests {
    @Test("a scrape of a Windows node with 30 pods is the accepted one")
    func scrape() async throws {
        let response = try await ServedAgent(Self.backend()).get("/metrics")
        #expect(response.status == .ok)
        let lines = response.text.split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.filter { !$0.contains("_duration_seconds{") }.joined(separator: "\n")
        #expect(try Golden(url: Repository.windowsScrape).problem(with: text) == nil)
    }

    @Test(
        "with compatibility it has the accepted series of Retina's too, and all it has without",
        arguments: [RetinaContext.local, .remote])
    func retina(_ context: RetinaContext) async throws {
        var configuration = Configuration()
        configuration.compatibility = [.retina]
        configuration.retinaContext = context
        let backend = try Self.backend()
        var agent = ServedAgent(backend)
        agent.endpoints.budget = SeriesBudget(
            limit: 1_000_000, translation: configuration.translation(of: backend))
        let lines = try await agent.get("/metrics").text
            .split(separator: "\n", omittingEmptySubsequences: false)
        let retinas = lines.filter { $0.contains("networkobservability_") }
        let url = Repository.url("Tests/Fixtures/windows/retina-\(context.rawValue).golden")
        #expect(
            try Golden(url: url).problem(with: retinas.joined(separator: "\n") + "\n") == nil)
        let ours = Set(lines.filter { !$0.contains("_duration_seconds{") }).subtracting(retinas)
        let accepted = try Repository.text(Repository.windowsScrape)
            .split(separator: "\n", omittingEmptySubsequences: false)
        let count = Substring("fovea_series ")
        #expect(ours.symmetricDifference(accepted).allSatisfy { $0.hasPrefix(count) })
    }

    @Test("its page says that HNS is there")
    func page() async throws {
        let html = try await ServedAgent(Self.backend()).get("/").text
        #expect(html.contains("<td>hns endpoint counters</td><td>yes</td>"))
    }

    @Test("without HNS the scrape says what is missing, and has no pods")
    func withoutHNS() async throws {
        let backend = WindowsBackend(.replaying(RecordedNode { _ in nil }), log: LogRecorder().log)
        let lines = try await ServedAgent(backend).get("/metrics").lines
        #expect(
            lines.contains("fovea_capability_available{capability=\"hns endpoint counters\"} 0"))
        #expect(!lines.contains { $0.hasPrefix("fovea_pod_") })
        #expect(!lines.contains { $0.hasPrefix("fovea_collector_") })
    }

    private static func backend() throws -> WindowsBackend {
        let folder = Repository.windowsScrape.deletingLastPathComponent().path()
        let node = try RecordingFolder(reading: folder).node
        let now = ContinuousClock.now
        return WindowsBackend(
            .replaying(node), settings: .everything, log: LogRecorder().log, now: { now })
    }
}

extension WindowsSettings {
    /// With what is only there when it is asked for.
    static var everything: WindowsSettings {
        var settings = WindowsSettings()
        settings.readsPacketStream = true
        settings.readsVFPRules = true
        // All 30 pods at once.
        settings.vfpProcesses = 64
        return settings
    }
}
