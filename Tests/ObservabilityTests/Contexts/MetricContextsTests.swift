import MetricSchema
import Synchronization
import TestSupport
import Testing

@testable import Observability

/// That contexts choose labels, pods and levels, and that sums are what they were.
struct MetricContextsTests {
    private let start = ContinuousClock.now
    private static let packets = Catalog.podPackets.descriptor
    private static let flows = Catalog.flowPackets.descriptor

    @Test("without a configuration everything is as collectors wrote it")
    func nothing() {
        let contexts = MetricContexts()
        let held = contexts.apply(to: Self.pods(["a": 1, "b": 2]))
        #expect(
            Self.rows(held, Self.packets) == [
                #"namespace="shop",pod="a",workload_kind="Deployment",workload="web",direction="egress""#:
                    1,
                #"namespace="shop",pod="b",workload_kind="Deployment",workload="web",direction="egress""#:
                    2,
            ])
        #expect(held.families.count == 1)
    }

    @Test("pods that are told alike are one series, and what one counted stays when it is gone")
    func aggregation() {
        let contexts = Self.using(
            MetricContext(["fovea_pod_forward_*"], pod: PartyLabels([.namespace, .workload])))
        let label =
            #"namespace="shop",workload_kind="Deployment",workload="web",direction="egress""#
        func sum(_ counts: [String: UInt64], _ seconds: Int) -> [String: UInt64] {
            Self.rows(
                contexts.apply(to: Self.pods(counts), taken: start + .seconds(seconds)),
                Self.packets)
        }
        #expect(sum(["a": 10, "b": 5], 0) == [label: 15])
        #expect(sum(["a": 12, "b": 5], 15) == [label: 17])
        #expect(sum(["b": 6], 30) == [label: 18])
        // One that comes again under its name begins at nought.
        #expect(sum(["a": 3, "b": 6], 900) == [label: 21])
        #expect(sum(["a": 1, "b": 6], 915) == [label: 22])
    }

    @Test("an older scrape that comes late takes nothing back and adds nothing twice")
    func late() {
        let contexts = Self.using(
            MetricContext(["fovea_pod_forward_*"], pod: PartyLabels([.namespace])))
        func sum(_ count: UInt64, _ seconds: Int) -> UInt64 {
            Self.rows(
                contexts.apply(to: Self.pods(["a": count]), taken: start + .seconds(seconds)),
                Self.packets
            ).values.reduce(0, +)
        }
        #expect(sum(10, 0) == 10)
        #expect(sum(30, 20) == 30)
        #expect(sum(20, 10) == 30)
        #expect(sum(31, 30) == 31)
    }

    @Test("histograms of pods that are told alike are added up place by place")
    func histograms() {
        let contexts = Self.using(
            MetricContext(["fovea_pod_tcp_round_trip_seconds"], pod: PartyLabels([.namespace])))
        var samples = SampleBuffer()
        var expected = LatencyHistogram()
        for (pod, time) in [("a", UInt64(1_000)), ("b", 70_000_000), ("c", 70_000_000)] {
            var histogram = LatencyHistogram()
            histogram.record(nanoseconds: time)
            expected += histogram
            samples.add(histogram, to: Catalog.podTCPRoundTrip, PodLabel(Self.identity(pod)))
        }
        for _ in 0..<2 {
            let family = contexts.apply(to: samples).families.first {
                $0.descriptor === Catalog.podTCPRoundTrip.descriptor
            }
            #expect(family?.histograms == [expected])
            #expect(family?.rows.map(\.labels) == [#"namespace="shop""#])
        }
    }

    @Test("levels that are not asked for are absent, and what the agent says of itself never is")
    func levels() {
        let contexts = Self.using(MetricContext(["fovea_*"], levels: [.node]))
        var samples = Self.pods(["a": 1])
        samples.add(5 as UInt64, to: Catalog.nodePackets, .egress)
        samples.add(1 as UInt64, to: Catalog.collectorSuccess, CollectorName("x"))
        samples.add(
            7 as UInt64, to: Catalog.flowPackets, SourceLabel(.world), DestinationLabel(.node),
            .tcp,
            .ingress)
        #expect(
            contexts.apply(to: samples).families.map(\.descriptor.name).sorted() == [
                "fovea_collector_success", "fovea_metrics_configuration_accepted",
                "fovea_node_forward_packets_total",
            ])
        contexts.use(MetricsConfiguration([MetricContext(["fovea_pod_*"], levels: [])]))
        #expect(Self.rows(contexts.apply(to: samples), Self.packets).isEmpty)
        #expect(!Self.rows(contexts.apply(to: samples), Self.flows).isEmpty)
    }

    @Test("whoever is no pod keeps its name among workloads, and so does a pod without one")
    func workloads() {
        let contexts = Self.using(
            MetricContext(
                ["fovea_flow_*"], source: PartyLabels([.workload]),
                destination: PartyLabels([.namespace])))
        var samples = SampleBuffer()
        for (place, source) in [Identity.world, Identity(namespace: "shop", pod: "bare")]
            .enumerated()
        {
            samples.add(
                UInt64(place + 1), to: Catalog.flowPackets, SourceLabel(source),
                DestinationLabel(Self.identity("a")), .udp, .ingress)
        }
        let rest = #"destination_namespace="shop",protocol="udp",direction="ingress""#
        #expect(
            Self.rows(contexts.apply(to: samples), Self.flows) == [
                #"source_workload="reserved:world",\#(rest)"#: 1,
                #"source_workload_kind="Pod",source_workload="bare",\#(rest)"#: 2,
            ])
    }

    @Test("what only a cluster knows is said where it is known")
    func facts() {
        let known = Facts()
        var facts = PodFacts()
        (facts.address, facts.node, facts.zone) = (IPAddress("10.0.0.1"), "n1", "z1")
        facts.labels = ["app/name": "till"]
        known.pods.withLock { [facts] in $0[PodName(namespace: "shop", pod: "a")] = facts }
        let contexts = Self.using(
            MetricContext(
                ["fovea_pod_*"],
                pod: PartyLabels(
                    [.ip, .node, .zone, .cluster, .pod], podLabels: ["app/name", "none"])),
            facts: known)
        var samples = Self.pods(["a": 1])
        samples.add(
            2 as UInt64, to: Catalog.podPackets, PodLabel(.node("n2")), .egress)
        samples.add(3 as UInt64, to: Catalog.podPackets, PodLabel(.node), .egress)
        samples.add(4 as UInt64, to: Catalog.podPackets, PodLabel(.world), .egress)
        #expect(
            Self.rows(contexts.apply(to: samples), Self.packets) == [
                #"pod="a",ip="10.0.0.1",node="n1",zone="z1",cluster="north",label_app_name="till",direction="egress""#:
                    1,
                #"pod="node:n2",node="n2",zone="zone-n2",cluster="north",direction="egress""#: 2,
                #"pod="reserved:node",node="here",zone="zone-here",cluster="north",direction="egress""#:
                    3,
                #"pod="reserved:world",direction="egress""#: 4,
            ])
    }

    @Test("an endpoint that the cluster has not named stays apart, and is counted once when it has")
    func provisional() {
        let known = Facts()
        let contexts = Self.using(
            MetricContext(["fovea_pod_*"], pod: PartyLabels([.namespace])), facts: known)
        func sum(_ identity: Identity, _ count: UInt64) -> [String: UInt64] {
            var samples = SampleBuffer()
            samples.add(count, to: Catalog.podPackets, PodLabel(identity), .egress)
            return Self.rows(contexts.apply(to: samples), Self.packets)
        }
        #expect(sum(Identity(pod: "cni-1"), 7) == [#"pod="cni-1",direction="egress""#: 7])
        known.pods.withLock { $0[PodName(namespace: "shop", pod: "a")] = PodFacts() }
        #expect(sum(Self.identity("a"), 9) == [#"namespace="shop",direction="egress""#: 9])
    }

    @Test("pods that are not chosen share a series; an annotation goes over namespaces")
    func selection() {
        let known = Facts()
        for (pod, wish) in [("a", nil), ("b", true), ("c", false), ("d", nil)] as [(String, Bool?)]
        {
            var facts = PodFacts()
            facts.isObserved = wish
            known.pods.withLock { [facts] in
                $0[PodName(namespace: pod == "d" ? "till" : "shop", pod: pod)] = facts
            }
        }
        let contexts = Self.using(
            MetricContext(
                ["fovea_pod_*"], pod: PartyLabels([.pod]), namespaces: .include(["till"])),
            facts: known)
        var samples = Self.pods(["a": 1, "b": 2, "c": 4])
        samples.add(
            8 as UInt64, to: Catalog.podPackets, PodLabel(Identity(namespace: "till", pod: "d")),
            .egress)
        let held = contexts.apply(to: samples)
        #expect(
            Self.rows(held, Self.packets) == [
                #"direction="egress",unselected="true""#: 5, #"pod="b",direction="egress""#: 2,
                #"pod="d",direction="egress""#: 8,
            ])
        #expect(
            Self.rows(held, Catalog.unselectedSeries.descriptor)
                == [#"metric="fovea_pod_forward_packets_total""#: 2])
        // From now on it is chosen: what it counted before stays where it was.
        known.change(PodName(namespace: "shop", pod: "c")) { $0.isObserved = true }
        var later = Self.pods(["a": 1, "b": 2, "c": 10])
        later.add(
            8 as UInt64, to: Catalog.podPackets, PodLabel(Identity(namespace: "till", pod: "d")),
            .egress)
        #expect(
            Self.rows(contexts.apply(to: later), Self.packets) == [
                #"direction="egress",unselected="true""#: 5, #"pod="b",direction="egress""#: 2,
                #"pod="c",direction="egress""#: 6, #"pod="d",direction="egress""#: 8,
            ])
    }

    @Test("of a flow the end counts where it was seen")
    func flowSelection() {
        let contexts = Self.using(
            MetricContext(["fovea_flow_*"], namespaces: .exclude(["kube-system"])))
        var samples = SampleBuffer()
        let dns = Identity(namespace: "kube-system", pod: "dns")
        for (place, direction) in [Direction.egress, .ingress].enumerated() {
            samples.add(
                UInt64(place + 1), to: Catalog.flowPackets, SourceLabel(Self.identity("a")),
                DestinationLabel(dns), .udp, direction)
        }
        let rows = Self.rows(contexts.apply(to: samples), Self.flows)
        #expect(rows[#"protocol="udp",direction="ingress",unselected="true""#] == 2)
        #expect(rows.count == 2 && rows.values.contains(1))
    }

    @Test("with a ttl a counter that rests is not written, is told of, and goes on when it grows")
    func ttl() {
        let contexts = Self.using(MetricContext(["fovea_pod_*"], ttl: .seconds(60)))
        func rows(_ counts: [String: UInt64], _ seconds: Int) -> ([UInt64], UInt64) {
            let held = contexts.apply(to: Self.pods(counts), taken: start + .seconds(seconds))
            return (
                Self.rows(held, Self.packets).values.sorted(),
                Self.rows(held, Catalog.expiredSeries.descriptor).values.reduce(0, +)
            )
        }
        #expect(rows(["a": 1, "b": 2], 0) == ([1, 2], 0))
        #expect(rows(["a": 5, "b": 2], 60) == ([2, 5], 0))
        #expect(rows(["a": 5, "b": 2], 90) == ([5], 1))
        #expect(rows(["a": 5, "b": 3], 100) == ([3, 5], 0))
        // Gone, and kept for as long as was asked for.
        #expect(rows(["a": 6], 150) == ([3, 6], 0))
        #expect(rows(["a": 6], 170) == ([6], 0))
    }

    @Test("of gauges counts are added up, and of ages and ratios the largest is what counts")
    func gauges() {
        let contexts = Self.using(MetricContext(["fovea_pod_*"], pod: PartyLabels([.namespace])))
        for (entries, ratio) in [(10 as UInt64, 0.5), (3, 0.25)] {
            var samples = SampleBuffer()
            for pod in ["a", "b"] {
                let times = pod == "a" ? 1.0 : 2.0
                samples.add(
                    entries * UInt64(times), to: Catalog.conntrackEntries,
                    of: Self.identity(pod))
                samples.add(ratio / times, to: Catalog.listenQueueFill, of: Self.identity(pod))
            }
            let held = contexts.apply(to: samples)
            #expect(
                Self.rows(held, Catalog.conntrackEntries.pod).values.map(\.self) == [entries * 3])
            let family = held.families.first { $0.descriptor === Catalog.listenQueueFill.pod }
            #expect(family?.rows.map(\.value) == [.number(ratio)])
        }
    }

    @Test(
        "whatever the contexts, all series of a metric add up to the true total, and none goes back",
        arguments: 0..<80 as Range<UInt64>)
    func sums(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let known = Facts()
        let contexts = MetricContexts(facts: known)
        func labels() -> PartyLabels {
            PartyLabels(
                Set(ContextLabel.allCases.filter { _ in Bool.random(using: &random) }),
                podLabels: Bool.random(using: &random) ? ["team"] : [])
        }
        let names = ["shop", "till", "kube-system"]
        let some = Set(names.filter { _ in Bool.random(using: &random) })
        let choice = [NamespaceChoice.all, .include(some), .exclude(some)].randomElement(
            using: &random)
        contexts.use(
            MetricsConfiguration([
                MetricContext(
                    ["fovea_pod_forward_packets_total", "fovea_flow_packets_total"], pod: labels(),
                    source: labels(), destination: labels(), namespaces: choice ?? .all)
            ]))
        var counts: [Int: [Direction: UInt64]] = [:]
        var births: [Int: Int] = [:]
        var total: [Direction: UInt64] = [:]
        var before: [String: UInt64] = [:]
        for round in 0..<25 {
            for pod in 0..<12 {
                // Pods come, change their labels and annotations, and go.
                if counts[pod] != nil, Int.random(in: 0..<10, using: &random) == 0 {
                    counts[pod] = nil
                    known.pods.withLock { $0[Self.name(pod, births[pod] ?? 0, names)] = nil }
                    births[pod, default: 0] += 1
                }
                if Int.random(in: 0..<3, using: &random) == 0 {
                    var facts = PodFacts()
                    facts.node = "n\(Int.random(in: 0..<2, using: &random))"
                    facts.labels = ["team": "t\(Int.random(in: 0..<3, using: &random))"]
                    facts.isObserved = [nil, nil, true, false].randomElement(using: &random) ?? nil
                    known.change(Self.name(pod, births[pod] ?? 0, names)) { [facts] in $0 = facts }
                }
                for direction in Direction.allCases where Bool.random(using: &random) {
                    let more = UInt64.random(in: 0..<1_000, using: &random)
                    counts[pod, default: [:]][direction, default: 0] += more
                    total[direction, default: 0] += more
                }
            }
            var samples = SampleBuffer()
            for (pod, both) in counts {
                let name = Self.name(pod, births[pod] ?? 0, names)
                let identity = Identity(
                    namespace: name.namespace, pod: name.pod,
                    workload: pod % 4 == 0 ? nil : Workload(kind: "Deployment", name: "w\(pod % 3)")
                )
                for (direction, count) in both {
                    samples.add(count, to: Catalog.podPackets, PodLabel(identity), direction)
                    samples.add(
                        count, to: Catalog.flowPackets,
                        SourceLabel(direction == .egress ? identity : .world),
                        DestinationLabel(direction == .egress ? .world : identity), .tcp, direction)
                }
            }
            let held = contexts.apply(to: samples, taken: start + .seconds(round))
            var now: [String: UInt64] = [:]
            for metric in [Self.packets, Self.flows] {
                let rows = Self.rows(held, metric)
                for direction in Direction.allCases {
                    let sum = rows.filter { $0.key.contains("direction=\"\(direction.rawValue)\"") }
                        .values.reduce(0, +)
                    #expect(sum == total[direction] ?? 0, "\(metric.name), round \(round)")
                }
                for (labels, count) in rows { now[metric.name + labels] = count }
            }
            for (series, count) in before { #expect(now[series] ?? 0 >= count, "\(series)") }
            before = now
        }
    }

    // MARK: Pieces

    private static func name(_ pod: Int, _ birth: Int, _ namespaces: [String]) -> PodName {
        PodName(namespace: namespaces[pod % namespaces.count], pod: "p\(pod)-\(birth)")
    }

    private static func using(
        _ context: MetricContext, facts: (any PodFactsSource)? = nil
    ) -> MetricContexts {
        let contexts = MetricContexts(facts: facts)
        contexts.use(MetricsConfiguration([context]))
        return contexts
    }

    private static func identity(_ pod: String) -> Identity {
        Identity(
            namespace: "shop", pod: pod, workload: Workload(kind: "Deployment", name: "web"))
    }

    private static func pods(_ counts: [String: UInt64]) -> SampleBuffer {
        var samples = SampleBuffer()
        for (pod, count) in counts.sorted(by: { $0.key < $1.key }) {
            samples.add(count, to: Catalog.podPackets, PodLabel(identity(pod)), .egress)
        }
        return samples
    }

    private static func rows(_ samples: SampleBuffer, _ metric: MetricDescriptor)
        -> [String: UInt64]
    {
        let family = samples.families.first { $0.descriptor === metric }
        var found: [String: UInt64] = [:]
        for row in family?.rows ?? [] {
            if case .count(let count) = row.value { found[row.labels] = count }
        }
        return found
    }
}

/// A cluster that knows what it was told.
private final class Facts: PodFactsSource {
    let pods = Mutex<[PodName: PodFacts]>([:])
    private let changes = Mutex<UInt64>(0)
    let node = "here"
    let cluster = "north"

    var factsGeneration: UInt64 { changes.withLock { $0 } }

    func facts(of pod: PodName) -> PodFacts? { pods.withLock { $0[pod] } }

    func zone(ofNode name: String) -> String { "zone-\(name)" }

    func change(_ pod: PodName, _ change: @Sendable (inout PodFacts) -> Void) {
        pods.withLock { change(&$0[pod, default: PodFacts()]) }
        changes.withLock { $0 += 1 }
    }
}
