import Foundation
import MetricSchema
import Observability
import Testing

@testable import Agent

/// A MetricsConfiguration in a file, and its changes.
struct MetricsFileTests {
    private let url = FileManager.default.temporaryDirectory.appending(
        path: "metrics-\(UUID().uuidString).yaml")
    private let contexts = MetricContexts()
    private let log = LogRecorder()
    private static let head = "apiVersion: fovea.network/v1alpha1\nkind: MetricsConfiguration\n"

    @Test("the file's last good word is in force, and each change is one line in the log")
    func changes() throws {
        defer { try? FileManager.default.removeItem(at: url) }
        let follower = MetricsFileFollower(
            file: MetricsFile(url.path), contexts: contexts, log: log.log)
        var reading = MetricsFileFollower.Reading()
        func look() {
            for _ in 0..<2 { follower.look(&reading) }
        }
        try write("spec: {contexts: [{metrics: ['fovea_*'], levels: [local]}]}")
        contexts.use(try MetricsFile(url.path).read().configuration)
        look()
        #expect(log.lines.isEmpty && levels == [.local])
        try write("spec: {contexts: [{metrics: ['fovea_*'], levels: [lokal]}]}")
        look()
        #expect(log.lines.count == 1 && levels == [.local] && accepted == 0)
        #expect(
            log.lines.last?.contains(
                ":3:51: spec.contexts[0].levels[0]: takes node, local, remote, not 'lokal'"
            ) == true)
        try FileManager.default.removeItem(at: url)
        look()
        #expect(log.lines.count == 2 && levels == [.local] && accepted == 0)
        try write("spec: {contexts: [{metrics: ['fovea_*'], levels: [node]}]}")
        look()
        #expect(log.lines.count == 3 && levels == [.node] && accepted == 1)
    }

    @Test("a wrong file is a problem of the configuration, and none is not")
    func check() throws {
        defer { try? FileManager.default.removeItem(at: url) }
        var configuration = Configuration()
        #expect(configuration.metricsFileProblems.isEmpty)
        configuration.metricsFile = url.path
        #expect(configuration.metricsFileProblems == ["\(url.path): cannot be read"])
        try write("spec: {contexts: 1}")
        #expect(
            configuration.metricsFileProblems
                == ["\(url.path):3:18: spec.contexts: must be a list"])
        try write("spec: {contexts: []}")
        #expect(configuration.metricsFileProblems.isEmpty)
    }

    @Test("/metrics is as the contexts say")
    func scrape() async throws {
        let backend = FixedBackend(collectors: [
            FixedCollector("packets") { samples in
                for pod in 1...3 {
                    samples.add(
                        UInt64(pod), to: Catalog.podPackets,
                        PodLabel(Identity(namespace: "shop", pod: "p\(pod)")), .egress)
                }
            }
        ])
        var agent = ServedAgent(backend)
        agent.endpoints.contexts = contexts
        contexts.use(
            MetricsConfiguration([
                MetricContext(
                    ["fovea_pod_forward_packets_total"], pod: PartyLabels([.namespace]))
            ]))
        let lines = try await agent.get("/metrics").lines
        #expect(
            lines.filter { $0.hasPrefix("fovea_pod") } == [
                #"fovea_pod_forward_packets_total{namespace="shop",direction="egress"} 6"#
            ])
        #expect(lines.contains("fovea_metrics_configuration_accepted 1"))
    }

    private func write(_ text: String) throws {
        try Data((Self.head + text).utf8).write(to: url)
    }

    private var levels: Set<MetricLevel>? { contexts.configuration.contexts.first?.levels }

    private var accepted: UInt64? {
        let family = contexts.apply(to: SampleBuffer()).families.first {
            $0.descriptor === Catalog.contextsAccepted.descriptor
        }
        if case .count(let count) = family?.values.first { return count }
        return nil
    }
}
