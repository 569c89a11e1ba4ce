import MetricSchema
import TestSupport
import Testing

@testable import Observability

/// That a budget bounds series and leaves sums as they are.
struct SeriesBudgetTests {
    private static let counter = Metric(
        "fovea_pod_test_total", .counter, level: .local, labels: PodLabel.self, Direction.self,
        budget: 10, help: "A test.")
    private static let gauge = Metric(
        "fovea_pod_test", .gauge, level: .local, labels: PodLabel.self, budget: 4, help: "A test.")
    private static let histogram = Histogram(
        "fovea_pod_test_seconds", level: .local, labels: PodLabel.self, budget: 4, help: "A test.")
    private static let other = Metric("fovea_test_total", .counter, budget: 1, help: "A test.")

    @Test(
        "for any traffic and any budget, all series add up to the true total, and no counter goes back",
        arguments: 0..<60 as Range<UInt64>)
    func sums(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let places = Int.random(in: 3...30, using: &random)
        let limit = Int.random(in: 3...40, using: &random)
        let budget = SeriesBudget(limit: limit) { _ in places }
        var truth: [Place: UInt64] = [:]
        var latencies: [String: LatencyHistogram] = [:]
        var before: [String: UInt64] = [:]
        for _ in 0..<30 {
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                let pod = "p\(Int.random(in: 0..<40, using: &random))"
                let place = Place(
                    pod: pod, direction: Bool.random(using: &random) ? .egress : .ingress)
                truth[place, default: 0] += .random(in: 0..<1_000, using: &random)
                latencies[pod, default: LatencyHistogram()].record(
                    nanoseconds: .random(in: 0..<1_000_000_000, using: &random))
            }
            var samples = SampleBuffer()
            for (place, count) in truth {
                samples.add(
                    count, to: Self.counter, PodLabel(Identity(pod: place.pod)), place.direction)
            }
            for (pod, histogram) in latencies {
                samples.add(histogram, to: Self.histogram, PodLabel(Identity(pod: pod)))
            }
            let held = budget.apply(to: samples)
            for direction in Direction.allCases {
                let sum = rows(held, Self.counter.descriptor).filter {
                    $0.key.contains(#"direction="\#(direction.rawValue)""#)
                }.values.reduce(0, +)
                #expect(
                    sum == truth.filter { $0.key.direction == direction }.values.reduce(0, +))
            }
            let family = try family(held, Self.histogram.descriptor)
            var all = LatencyHistogram()
            for histogram in family?.histograms ?? [] { all += histogram }
            var expected = LatencyHistogram()
            for histogram in latencies.values { expected += histogram }
            #expect(all == expected)
            let now = rows(held, Self.counter.descriptor)
            #expect(now.count <= max(places, 2))
            for (labels, count) in before where labels.contains("overflow") {
                #expect(now[labels] ?? 0 >= count, "\(labels)")
            }
            before = now
        }
    }

    @Test("those that grow most have series of their own")
    func largest() {
        let budget = SeriesBudget(limit: 1_000)
        func scrape(_ growth: (Int) -> UInt64, _ counts: inout [UInt64]) -> Set<String> {
            var samples = SampleBuffer()
            for pod in counts.indices {
                counts[pod] += growth(pod)
                samples.add(
                    counts[pod], to: Self.counter, PodLabel(Identity(pod: "p\(pod)")), .egress)
            }
            return Set(rows(budget.apply(to: samples), Self.counter.descriptor).keys)
        }
        func labels(_ pods: Range<Int>) -> Set<String> {
            Set(pods.map { #"pod="p\#($0)",direction="egress""# })
        }
        let overflow = #"direction="egress",overflow="true""#
        var counts = [UInt64](repeating: 0, count: 20)
        #expect(scrape({ $0 < 9 ? 100 : 1 }, &counts) == labels(0..<9).union([overflow]))
        // A little more is not enough to change places.
        #expect(scrape({ $0 < 9 ? 100 : 150 }, &counts) == labels(0..<9).union([overflow]))
        #expect(scrape({ $0 < 11 ? 1 : 500 }, &counts) == labels(11..<20).union([overflow]))
    }

    @Test("within its budget a metric is left as it is, and what is folded elsewhere is said")
    func within() throws {
        let budget = SeriesBudget(limit: 1_000)
        var samples = SampleBuffer()
        samples.add(7 as UInt64, to: Self.other)
        for pod in 0..<6 {
            samples.add(UInt64(pod), to: Self.gauge, PodLabel(Identity(pod: "p\(pod)")))
        }
        let held = budget.apply(to: samples)
        #expect(rows(held, Self.other.descriptor) == ["": 7])
        #expect(
            rows(held, Self.gauge.descriptor) == [
                #"pod="p5""#: 5, #"pod="p4""#: 4, #"pod="p3""#: 3, #"overflow="true""#: 3,
            ])
        #expect(rows(held, Catalog.foldedSeries.descriptor) == [#"metric="fovea_pod_test""#: 3])
        #expect(rows(held, Catalog.series.descriptor) == ["": 6])
    }

    @Test("a limit for all takes from the metrics that have most")
    func limit() {
        let budget = SeriesBudget(limit: 9) { _ in 100 }
        var samples = SampleBuffer()
        samples.add(1 as UInt64, to: Self.other)
        for pod in 0..<5 {
            samples.add(1 as UInt64, to: Self.gauge, PodLabel(Identity(pod: "p\(pod)")))
        }
        for pod in 0..<50 {
            samples.add(1 as UInt64, to: Self.counter, PodLabel(Identity(pod: "p\(pod)")), .egress)
        }
        let held = budget.apply(to: samples)
        #expect(rows(held, Self.other.descriptor).count == 1)
        #expect(rows(held, Self.gauge.descriptor).count == 4)
        #expect(rows(held, Self.counter.descriptor).count == 4)
    }

    @Test("a folded series that is late once is not counted twice, and one that began anew is")
    func late() throws {
        let budget = SeriesBudget(limit: 1_000) { _ in 2 }
        func overflow(_ counts: [String: UInt64]) -> UInt64? {
            var samples = SampleBuffer()
            for (pod, count) in counts {
                samples.add(count, to: Self.counter, PodLabel(Identity(pod: pod)), .egress)
            }
            return rows(budget.apply(to: samples), Self.counter.descriptor)[
                #"direction="egress",overflow="true""#]
        }
        #expect(overflow(["a": 100, "b": 10, "c": 20]) == 30)
        #expect(overflow(["a": 200]) == 30)
        #expect(overflow(["a": 300, "b": 11, "c": 22]) == 33)
        #expect(overflow(["a": 400, "b": 4, "c": 22]) == 37)
    }

    @Test("labels with fixed values stay, whatever is written in the others")
    func labels() {
        let budget = SeriesBudget(limit: 1_000) { _ in 2 }
        var samples = SampleBuffer()
        for pod in [#"a",direction="x"#, "b\\", "c\n,=", "d"] {
            samples.add(1 as UInt64, to: Self.counter, PodLabel(Identity(pod: pod)), .ingress)
        }
        let found = rows(budget.apply(to: samples), Self.counter.descriptor)
        #expect(found[#"direction="ingress",overflow="true""#] == 3)
        #expect(found.count == 2)
    }

    // MARK: Pieces

    private struct Place: Hashable {
        let pod: String
        let direction: Direction
    }

    private func family(_ samples: SampleBuffer, _ metric: MetricDescriptor) throws
        -> SampleFamily?
    {
        samples.families.first { $0.descriptor === metric }
    }

    private func rows(_ samples: SampleBuffer, _ metric: MetricDescriptor) -> [String: UInt64] {
        var found: [String: UInt64] = [:]
        for row in samples.families.first(where: { $0.descriptor === metric })?.rows ?? [] {
            if case .count(let count) = row.value { found[row.labels] = count }
        }
        return found
    }
}
