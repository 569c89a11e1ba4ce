import ClusterView
import TestSupport
import Testing

struct TopReportTests {
    private static func report(
        _ scope: TopReport.Scope, sort: TopReport.SortKey = .bytes, namespace: String? = nil
    ) throws -> TopReport {
        let old = [
            try AgentReading("node1", at: 0, SampleScrape.linux(1), metrics: TopReport.metrics),
            try AgentReading("win1", at: 0, SampleScrape.windows(1), metrics: TopReport.metrics),
            AgentReading("node3", failing: "connection refused"),
        ]
        let new = [
            try AgentReading("node1", at: 2, SampleScrape.linux(2), metrics: TopReport.metrics),
            try AgentReading("win1", at: 2, SampleScrape.windows(2), metrics: TopReport.metrics),
            AgentReading("node3", failing: "connection refused\nand more"),
        ]
        var report = TopReport(scope, from: old, to: new, namespace: namespace)
        report.sort(by: sort)
        return report
    }

    @Test("each scope's tables are as accepted, narrow and wide")
    func tables() throws {
        var text = ""
        for scope in TopReport.Scope.allCases {
            let report = try Self.report(scope)
            text += "top \(scope)\n" + report.table(scope, isWide: false)
            text += "\ntop \(scope) -o wide\n" + report.table(scope, isWide: true) + "\n"
        }
        let file = Golden(url: Repository.url("Tests/Fixtures/kubectl/top.golden"))
        #expect(try file.problem(with: text) == nil)
    }

    @Test("JSON and YAML have the same fields, by stable names")
    func formats() throws {
        let report = try Self.report(.pods)
        let text =
            try OutputFormat.json.text(of: report) { _ in "" }
            + OutputFormat.yaml.text(of: report) { _ in "" }
        let file = Golden(url: Repository.url("Tests/Fixtures/kubectl/top-pods.golden"))
        #expect(try file.problem(with: text) == nil)
    }

    @Test("rates are what counters grew by over the time between")
    func rates() throws {
        let pods = try Self.report(.pods)
        let web = try #require(pods.items.first { $0.name == "web-1" })
        #expect(web[.ingressBytes] == 1_500_000)
        #expect(web[.egressBytes] == 500)
        #expect(web[.packets] == 150)
        #expect(web[.drops] == 3)
        #expect(
            web[.dnsFailures] == 3, "answers to others, and names that are not, are no failures")
        #expect(web[.nxdomain] == 10)
        #expect(web[.retransmits] == 0, "counted, and none there")
        let iis = try #require(pods.items.first { $0.name == "iis" })
        #expect(iis[.ingressBytes] == 25)
        #expect(iis[.drops] == nil, "not counted there")
    }

    @Test("sums of pods are their namespaces' and workloads'")
    func sums() throws {
        for scope in [TopReport.Scope.namespaces, .workloads, .pods] {
            let report = try Self.report(scope)
            let sum = report.items.compactMap { $0[.ingressBytes] }.reduce(0, +)
            #expect(sum == (3_000_500 + 50) / 2.0)
        }
    }

    @Test("a column of a collector that fails is not shown as nought")
    func failingCollector() throws {
        let report = TopReport(
            .nodes, from: [try AgentReading("a", at: 0, SampleScrape.linux(1))],
            to: [try AgentReading("a", at: 2, SampleScrape.linux(2, dns: false))])
        let node = try #require(report.items.first)
        #expect(node[.dnsFailures] == nil)
        #expect(node[.drops] == 3)
        #expect(
            report.notCounted.map(\.columns) == [["dnsFailuresPerSecond", "dnsNxdomainPerSecond"]])
    }

    @Test("an agent that was started anew has no rate, and is said")
    func restart() throws {
        let report = TopReport(
            .pods,
            from: [
                try AgentReading("a", at: 0, SampleScrape.linux(9)),
                try AgentReading("b", at: 0, SampleScrape.linux(1)),
            ],
            to: [
                try AgentReading("a", at: 2, SampleScrape.linux(1)),
                try AgentReading("b", at: 2, SampleScrape.linux(2)),
                try AgentReading("c", at: 2, SampleScrape.linux(2)),
            ])
        #expect(report.restarted == ["a"])
        #expect(report.new == ["c"])
        #expect(report.items.filter { $0.name == "web-1" }.map { $0[.packets] } == [150])
        #expect(report.table(.pods, isWide: false).contains("a: counters went back"))
    }

    @Test("one namespace's pods are all that is shown of it")
    func namespace() throws {
        let report = try Self.report(.pods, namespace: "ops")
        #expect(report.items.map(\.name) == ["cron"])
    }

    @Test("rows are sorted by what was asked for, and what is not known comes last")
    func sorting() throws {
        var report = try Self.report(.pods, sort: .drops)
        #expect(report.items.first?.name == "web-1")
        #expect(report.items.last?.name == "iis")
        report.sort(by: .name)
        #expect(report.items.map(\.name) == ["(overflow)", "cron", "iis", "web-1", "web-2"])
        report.sort(by: .bytes, limit: 1)
        #expect(report.items.map(\.name) == ["web-1"])
        #expect(!report.isComplete)
    }
}
