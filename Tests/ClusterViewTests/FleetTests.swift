import ClusterView
import Testing

struct FleetTests {
    @Test("an agent that does not answer is a reading of its own, and the others are read")
    func failure() async throws {
        let fleet = Fleet(
            ScriptedAgents(["b": [SampleScrape.linux(1)], "a": [nil], "c": ["damaged"]]))
        let readings = try await fleet.read(keeping: StatusReport.metrics)
        let items = StatusReport(readings).items
        #expect(items.map(\.node) == ["a", "b", "c"])
        #expect(
            items.map(\.problem) == [
                "connection refused", nil, "line 1 of its metrics: the answer breaks off",
            ])
    }

    @Test("no more agents are asked at once than it may, and all are in the end")
    func concurrency() async throws {
        let nodes = Dictionary(
            uniqueKeysWithValues: (0..<40).map {
                ("n\($0)", [SampleScrape.windows(1)] as [String?])
            })
        let source = ScriptedAgents(nodes)
        let readings = try await Fleet(source, concurrency: 3).read(keeping: StatusReport.metrics)
        #expect(readings.count == 40)
        #expect(StatusReport(readings).isComplete)
        #expect(await source.mostAtOnce <= 3)
    }
}
