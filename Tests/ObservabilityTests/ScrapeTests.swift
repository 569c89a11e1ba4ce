import Dispatch
import MetricSchema
import Observability
import Synchronization
import Testing

struct ScrapeTests {
    @Test("every collector answers, and says how it fared")
    func all() async throws {
        let scrape = Scrape([
            TestCollector("one") { $0.add(1.0, to: TestMetrics.level, First("one")) },
            TestCollector("two") { $0.add(2.0, to: TestMetrics.level, First("two")) },
        ])
        let outcomes = await scrape.outcomes(deadline: .seconds(60))
        #expect(Set(outcomes.map(\.name.value)) == ["one", "two"])
        #expect(outcomes.allSatisfy { $0.failure == nil && $0.duration >= .zero })
        let families = try Self.parse(outcomes)
        #expect(families["test_level"]?.samples == [["first": "one"]: "1", ["first": "two"]: "2"])
        #expect(Self.success(families) == ["one": "1", "two": "1"])
        #expect(families["fovea_collector_duration_seconds"]?.samples.count == 2)
    }

    @Test("a collector that fails has no samples, not even those before the error")
    func failing() async throws {
        struct Failure: Error {}
        let scrape = Scrape([
            TestCollector("broken") { samples in
                samples.add(1.0, to: TestMetrics.level, First("half an answer"))
                throw Failure()
            },
            TestCollector("whole") { $0.add(2.0, to: TestMetrics.level, First("whole")) },
        ])
        let outcomes = await scrape.outcomes(deadline: .seconds(60))
        let families = try Self.parse(outcomes)
        #expect(families["test_level"]?.samples == [["first": "whole"]: "2"])
        #expect(Self.success(families) == ["broken": "0", "whole": "1"])
        #expect(outcomes.first { $0.name.value == "broken" }?.failure?.contains("Failure") == true)
    }

    @Test("a collector that is slow misses the deadline, and the others answer")
    func slow() async throws {
        let slow = BlockedCollector()
        defer { slow.release() }
        let scrape = Scrape([
            slow, TestCollector("quick") { $0.add(1.0, to: TestMetrics.level, First("quick")) },
        ])
        let outcomes = await scrape.outcomes(deadline: .seconds(1))
        let families = try Self.parse(outcomes)
        #expect(Self.success(families) == ["blocked": "0", "quick": "1"])
        #expect(families["test_level"]?.samples == [["first": "quick"]: "1"])
        #expect(outcomes.first { $0.name.value == "blocked" }?.duration == .seconds(1))
    }

    @Test("a collector that is still at work is not started again, and works again later")
    func busy() async {
        let slow = BlockedCollector()
        let scrape = Scrape([slow])
        let late = await scrape.outcomes(deadline: .milliseconds(10))
        #expect(late.map(\.failure?.isEmpty) == [false])
        for _ in 0..<3 {
            let busy = await scrape.outcomes(deadline: .seconds(60))
            #expect(busy.map(\.duration) == [.zero] && busy.first?.failure != nil)
        }
        #expect(slow.calls == 1)
        slow.release()
        // Its thread has to get out of the collector first.
        while await scrape.outcomes(deadline: .seconds(60)).first?.failure != nil {
            await Task.yield()
        }
        #expect(slow.calls == 2)
    }

    @Test("scrapes that overlap share one collection")
    func overlapping() async {
        let slow = BlockedCollector()
        let scrape = Scrape([slow])
        let outcomes = await withTaskGroup(of: [CollectorOutcome].self) { group in
            for _ in 0..<10 { group.addTask { await scrape.outcomes(deadline: .seconds(1)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        // One that had come too late would have found the collector busy, at once.
        #expect(outcomes.allSatisfy { $0.map(\.duration) == [.seconds(1)] })
        #expect(slow.calls == 1)
        slow.release()
    }

    @Test("scrapes one after another collect anew")
    func sequential() async {
        let calls = Atomic(0)
        let scrape = Scrape([TestCollector("counted") { _ in calls.add(1, ordering: .relaxed) }])
        for _ in 0..<5 { _ = await scrape.outcomes(deadline: .seconds(60)) }
        #expect(calls.load(ordering: .relaxed) == 5)
    }

    @Test("no collectors are an answer too")
    func none() async {
        #expect(await Scrape([]).outcomes(deadline: .seconds(60)).isEmpty)
    }

    private static func parse(
        _ outcomes: [CollectorOutcome]
    ) throws -> [String: ExpositionParser.Family] {
        try ExpositionParser(Exposition(SampleBuffer(outcomes), as: .text).text()).families
    }

    private static func success(_ families: [String: ExpositionParser.Family]) -> [String: String] {
        let samples = families["fovea_collector_success"]?.samples ?? [:]
        return Dictionary(uniqueKeysWithValues: samples.map { ($0["collector"] ?? "", $1) })
    }
}

private struct TestCollector: Collector {
    let name: CollectorName
    let body: @Sendable (inout SampleBuffer) throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (inout SampleBuffer) throws -> Void) {
        self.name = CollectorName(name)
        self.body = body
    }

    func collect(into samples: inout SampleBuffer) throws { try body(&samples) }
}

/// Answers when it is released, and from then on at once.
private final class BlockedCollector: Collector {
    let name = CollectorName("blocked")
    private let gate = DispatchSemaphore(value: 0)
    private let count = Atomic(0)

    var calls: Int { count.load(ordering: .sequentiallyConsistent) }

    func release() { gate.signal() }

    func collect(into samples: inout SampleBuffer) throws {
        count.add(1, ordering: .sequentiallyConsistent)
        gate.wait()
        gate.signal()
    }
}
