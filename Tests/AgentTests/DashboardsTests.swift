import Agent
import Foundation
import MetricSchema
import TestSupport
import Testing

/// The dashboards that `make generate` writes; Tests/Deploy has promtool read their queries.
struct DashboardsTests {
    @Test("each dashboard's file is current", arguments: Dashboard.all)
    func current(_ dashboard: Dashboard) throws {
        let file = Golden(
            url: Repository.url("deploy/chart/dashboards/\(dashboard.name).json"),
            acceptance: "make generate")
        #expect(try file.problem(with: dashboard.json()) == nil)
    }

    @Test("there is a file for each dashboard and no other")
    func files() throws {
        let files = try FileManager.default.contentsOfDirectory(
            atPath: Repository.url("deploy/chart/dashboards").path)
        #expect(files.sorted() == Dashboard.all.map { "\($0.name).json" }.sorted())
    }

    @Test(
        "series are told apart by labels that the metric or its target has",
        arguments: Dashboard.all)
    func labels(_ dashboard: Dashboard) {
        for query in dashboard.panels.flatMap(\.queries) {
            for label in query.labels where label != "instance" {
                #expect(
                    query.metric.labelNames.contains(label), "\(label) in \(query.expression)")
            }
        }
    }

    @Test("counters are shown as rates and gauges as they are")
    func kinds() {
        for query in Dashboard.all.flatMap(\.panels).flatMap(\.queries) {
            let isRate = query.expression.contains("rate(\(query.metric.name)")
            #expect(isRate == (query.metric.kind != .gauge), "\(query.expression)")
        }
    }

    @Test("every metric of a dashboard is in the catalogue")
    func catalogue() {
        for query in Dashboard.all.flatMap(\.panels).flatMap(\.queries) {
            #expect(Catalog.all.contains { $0 === query.metric }, "\(query.metric.name)")
        }
    }
}
