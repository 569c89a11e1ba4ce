import ClusterView
import TestSupport
import Testing

struct StatusReportTests {
    private static func report() throws -> StatusReport {
        StatusReport([
            try AgentReading(
                "node1", at: 0, SampleScrape.linux(1, dns: false), metrics: StatusReport.metrics),
            AgentReading("node3", failing: "ServiceUnavailable: no answer\nbody"),
            try AgentReading("other", at: 0, "up 1\n", metrics: StatusReport.metrics),
            try AgentReading(
                "win1", at: 0, SampleScrape.windows(1), metrics: StatusReport.metrics),
        ])
    }

    @Test("its tables, JSON and YAML are as accepted")
    func outputs() throws {
        let report = try Self.report()
        var text = ""
        for format in OutputFormat.allCases {
            text += "-o \(format)\n"
            text += try format.text(of: report) { report.table(isWide: $0) } + "\n"
        }
        let file = Golden(url: Repository.url("Tests/Fixtures/kubectl/status.golden"))
        #expect(try file.problem(with: text) == nil)
    }

    @Test("it says what fails, what is missing and what was lost, and only that")
    func contents() throws {
        let node = try Self.report().items[0]
        #expect(node.failingCollectors == ["dns"])
        #expect(node.missingCapabilities == ["tcx links"])
        #expect(node.lostDetail == ["fovea_pod_undetailed_packets_total": 3])
        #expect(node.series == 812 && node.seriesLimit == 100_000 && node.foldedSeries == 12)
    }

    @Test("an agent that cannot be read, and what is none, are rows that say so")
    func problems() throws {
        let report = try Self.report()
        #expect(report.items[1].problem == "ServiceUnavailable: no answer\nbody")
        #expect(report.items[1].version == nil)
        #expect(report.items[2].problem?.contains("no agent of ours") == true)
        #expect(!report.isComplete)
        #expect(StatusReport([try AgentReading("a", at: 0, SampleScrape.linux(1))]).isComplete)
    }
}
