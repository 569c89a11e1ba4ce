import ClusterView
import TestSupport
import Testing

struct DropsReportTests {
    @Test("its tables and JSON are as accepted")
    func outputs() throws {
        let metrics = DropsReport.metrics
        let report = DropsReport(
            from: [
                try AgentReading("node1", at: 0, SampleScrape.linux(1), metrics: metrics),
                try AgentReading("node2", at: 0, SampleScrape.linux(5), metrics: metrics),
                try AgentReading("win1", at: 0, SampleScrape.windows(1), metrics: metrics),
            ],
            to: [
                try AgentReading("node1", at: 2, SampleScrape.linux(2), metrics: metrics),
                try AgentReading("node2", at: 2, SampleScrape.linux(1), metrics: metrics),
                AgentReading("node3", failing: "connection refused"),
                try AgentReading("win1", at: 2, SampleScrape.windows(2), metrics: metrics),
            ])
        var text = ""
        for format in [OutputFormat.table, .wide, .json] {
            text += "-o \(format)\n"
            text += try format.text(of: report) { report.table(isWide: $0) } + "\n"
        }
        let file = Golden(url: Repository.url("Tests/Fixtures/kubectl/drops.golden"))
        #expect(try file.problem(with: text) == nil)
        #expect(report.restarted == ["node2"])
        #expect(report.notCounted == ["win1"])
        #expect(!report.isComplete)
    }

    @Test("drops that go on come before larger ones that are over")
    func order() throws {
        var report = DropsReport(
            from: [try AgentReading("a", at: 0, SampleScrape.linux(0))],
            to: [try AgentReading("a", at: 1, SampleScrape.linux(1))])
        #expect(report.drops.map(\.pod) == ["web-1", "cron"])
        #expect(report.drops.map(\.packets) == [6, 7])
        #expect(report.drops.map(\.packetsPerSecond) == [6, 0])
        #expect(report.policies.map(\.policies) == ["deny-all"])
        #expect(report.connections.map(\.policies) == ["db-in"])
        #expect(report.connections.map(\.destination) == ["db-0"])
        #expect(report.nodes.map(\.packets) == [6])
        report.keep(1)
        #expect(report.drops.map(\.pod) == ["web-1"])
    }

    @Test("of one namespace there is nothing of the node's")
    func namespace() throws {
        let report = DropsReport(
            from: [try AgentReading("a", at: 0, SampleScrape.linux(0))],
            to: [try AgentReading("a", at: 1, SampleScrape.linux(1))], namespace: "ops")
        #expect(report.drops.map(\.pod) == ["cron"])
        #expect(report.nodes.isEmpty && report.policies.isEmpty && report.hooks.isEmpty)
        #expect(report.connections.isEmpty)
        // A connection is of both ends' namespaces.
        let data = DropsReport(
            from: [try AgentReading("a", at: 0, SampleScrape.linux(0))],
            to: [try AgentReading("a", at: 1, SampleScrape.linux(1))], namespace: "data")
        #expect(data.connections.map(\.pod) == ["web-1"] && data.drops.isEmpty)
    }
}
