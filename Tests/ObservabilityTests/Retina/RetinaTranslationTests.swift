import MetricSchema
import Synchronization
import TestSupport
import Testing

@testable import Observability

/// Retina's series from ours: which, under which labels, and how much.
struct RetinaTranslationTests {
    private static let cart = Identity(
        namespace: "shop", pod: "cart-0", workload: Workload(kind: "StatefulSet", name: "cart"))
    private static let front = Identity(namespace: "shop", pod: "front")

    private static func lines(
        _ context: RetinaContext, on system: System = .linux,
        addresses: [PodName: IPAddress] = [
            PodName(namespace: "shop", pod: "cart-0"): IPAddress(v4: 0x0a00_0001)
        ],
        _ fill: (inout SampleBuffer) -> Void
    ) -> [Substring] {
        var samples = SampleBuffer()
        fill(&samples)
        let translation = RetinaTranslation(context, on: system, node: "node-1") { addresses }
        return text(translation.translate(samples), .text)
    }

    private static func text(
        _ samples: SampleBuffer, _ format: ExpositionFormat
    ) -> [Substring] {
        Exposition(samples, as: format).text().split(separator: "\n")
            .filter { !$0.hasPrefix("# HELP") }
            .map { $0.hasPrefix("networkobservability_") ? $0.dropFirst(21) : $0 }
    }

    private static func traffic(_ samples: inout SampleBuffer) {
        samples.add(90 as UInt64, to: Catalog.nodePackets, .ingress)
        samples.add(10 as UInt64, to: Catalog.podPackets, PodLabel(cart), .egress)
        samples.add(20 as UInt64, to: Catalog.podPackets, PodLabel(front), .ingress)
        samples.add(
            7 as UInt64, to: Catalog.flowPackets, SourceLabel(cart), DestinationLabel(.world), .tcp,
            .egress)
        samples.add(
            2 as UInt64, to: Catalog.flowPackets, SourceLabel(cart), DestinationLabel(.node), .udp,
            .egress)
        samples.add(
            20 as UInt64, to: Catalog.flowPackets, SourceLabel(cart), DestinationLabel(front), .tcp,
            .ingress)
        samples.add(
            1 as UInt64, to: Catalog.podUndetailedPackets, PodLabel(cart), .egress, .notIP)
        samples.add(
            5 as UInt64, to: Catalog.podUndetailedPackets, PodLabel(.node), .egress, .notIP)
    }

    private static let cartText =
        #"ip="10.0.0.1",namespace="shop",podname="cart-0",workload_kind="StatefulSet",workload_name="cart""#
    private static let frontText =
        #"ip="unknown",namespace="shop",podname="front",workload_kind="unknown",workload_name="unknown""#

    @Test("basic: the node alone")
    func basic() {
        #expect(
            Self.lines(.basic, Self.traffic) == [
                "# TYPE networkobservability_forward_count gauge",
                #"forward_count{direction="ingress"} 90"#,
            ])
    }

    @Test("local: a series for each pod, under its own labels")
    func local() {
        #expect(
            Self.lines(.local, Self.traffic) == [
                "# TYPE networkobservability_adv_forward_count gauge",
                #"adv_forward_count{direction="egress",\#(Self.cartText)} 10"#,
                #"adv_forward_count{direction="ingress",\#(Self.frontText)} 20"#,
                "# TYPE networkobservability_forward_count gauge",
                #"forward_count{direction="ingress"} 90"#,
            ])
    }

    @Test("remote: a series for each pair, with what is in no flow, and so the pods' totals")
    func remote() {
        func pair(_ source: String, _ destination: String) -> String {
            func prefixed(_ text: String, _ prefix: String) -> String {
                text.split(separator: ",").map { prefix + $0 }.joined(separator: ",")
            }
            return prefixed(source, "source_") + "," + prefixed(destination, "destination_")
        }
        let unknown = Retina.podLabels.map { #"\#($0)="unknown""# }.joined(separator: ",")
        #expect(
            Self.lines(.remote, Self.traffic).prefix(3) == [
                "# TYPE networkobservability_adv_forward_count gauge",
                #"adv_forward_count{direction="EGRESS",\#(pair(Self.cartText, unknown))} 10"#,
                #"adv_forward_count{direction="INGRESS",\#(pair(Self.cartText, Self.frontText))} 20"#,
            ])
    }

    @Test("drops: netfilter's are Retina's rule drops, all others are unknown and none is lost")
    func drops() {
        let lines = Self.lines(.local) { samples in
            for (reason, count) in [("netfilter_drop", 4), ("no_socket", 2), ("tcp_csum", 1)] {
                samples.add(
                    UInt64(count), to: Catalog.nodeDropPackets, DropReason(reason), .egress)
                samples.add(
                    UInt64(count), to: Catalog.podDropPackets, PodLabel(Self.cart),
                    DropReason(reason), .egress)
            }
        }
        #expect(
            lines.filter { !$0.hasPrefix("#") } == [
                #"adv_drop_count{reason="IPTABLE_RULE_DROP",direction="egress",\#(Self.cartText)} 4"#,
                #"adv_drop_count{reason="UNKNOWN_DROP",direction="egress",\#(Self.cartText)} 3"#,
                #"drop_count{reason="IPTABLE_RULE_DROP",direction="egress"} 4"#,
                #"drop_count{reason="UNKNOWN_DROP",direction="egress"} 3"#,
            ])
    }

    @Test("DNS: types without names, and with names those instead, as many as without")
    func dns() {
        func lines(names: Bool) -> [Substring] {
            Self.lines(.local) { samples in
                let pod = PodLabel(Self.cart)
                samples.add(3 as UInt64, to: Catalog.podDNSQueries, pod, .client, .aaaa, .udp)
                samples.add(1 as UInt64, to: Catalog.podDNSQueries, pod, .client, .https, .udp)
                samples.add(
                    4 as UInt64, to: Catalog.podDNSResponses, pod, .client, .nxdomain, .a, .tcp)
                guard names else { return }
                samples.add(
                    3 as UInt64, to: Catalog.podDNSNameQueries, pod, .client, QueryName("a.example")
                )
                samples.add(
                    1 as UInt64, to: Catalog.podDNSNameQueries, pod, .client, QueryName(nil))
            }.filter { $0.hasPrefix("adv_") }
        }
        let responses =
            #"adv_dns_response_count{return_code="NXDOMAIN",query_type="A",query="unknown",response="unknown",num_response="unknown",\#(Self.cartText)} 4"#
        #expect(
            lines(names: false) == [
                #"adv_dns_request_count{query_type="AAAA",query="unknown",\#(Self.cartText)} 3"#,
                #"adv_dns_request_count{query_type="Unknown",query="unknown",\#(Self.cartText)} 1"#,
                Substring(responses),
            ])
        #expect(
            lines(names: true) == [
                #"adv_dns_request_count{query_type="unknown",query="a.example.",\#(Self.cartText)} 3"#,
                #"adv_dns_request_count{query_type="unknown",query="unknown",\#(Self.cartText)} 1"#,
                Substring(responses),
            ])
    }

    @Test("a pod that is gone keeps its address for as long as it has series, and not longer")
    func addresses() {
        let here = PodName(namespace: "shop", pod: "cart-0")
        let book = Held([here: IPAddress(v4: 0x0a00_0001)])
        let translation = RetinaTranslation(.local, on: .linux, node: "") { book.value }
        func ip(_ pod: Identity) -> Bool {
            var samples = SampleBuffer()
            samples.add(1 as UInt64, to: Catalog.podPackets, PodLabel(pod), .egress)
            return Self.text(translation.translate(samples), .text)
                .contains { $0.contains(#"ip="10.0.0.1""#) }
        }
        #expect(ip(Self.cart))
        book.value = [:]
        #expect(ip(Self.cart))
        #expect(!ip(Self.front))
        #expect(!ip(Self.cart))
    }

    @Test("latencies are in Retina's buckets, never too early, and their sum is milliseconds")
    func latencies() {
        var latencies = LatencyHistogram()
        for microseconds in [100, 400, 600, 2_000, 5_000, 100_000] {
            latencies.record(nanoseconds: UInt64(microseconds) * 1_000)
        }
        let lines = Self.lines(.remote) { $0.add(latencies, to: Catalog.nodeServerRoundTrip) }
        let name = "adv_node_apiserver_latency"
        var buckets: [String: Int] = [:]
        for line in lines where line.hasPrefix("\(name)_bucket") {
            let parts = line.split(separator: "\"")
            buckets[String(parts[1])] = Int(parts[2].dropFirst(2))
        }
        #expect(buckets.count == 65)
        #expect(buckets["0.5"] == 2)
        #expect(buckets["1.5"] == 3)
        // Ours for 2 ms ends at 2.3 ms, that for 5 ms at 5.5 ms.
        #expect(buckets["2.5"] == 4)
        #expect(buckets["4.5"] == 4)
        #expect(buckets["6.5"] == 5)
        #expect(buckets["63.5"] == 5)
        #expect(buckets["+Inf"] == 6)
        #expect(lines.contains("\(name)_sum 108.1"))
        #expect(lines.contains("\(name)_count 6"))
        #expect(lines.contains("# TYPE networkobservability_\(name) histogram"))
    }

    @Test("in OpenMetrics, which wants another name of a counter, one is of unknown type")
    func openMetrics() {
        var samples = SampleBuffer()
        samples.add(3 as UInt64, to: Catalog.nodeDNSQueries, .client, .a, .udp)
        let translated = RetinaTranslation(.basic, on: .linux, node: "").translate(samples)
        #expect(
            Self.text(translated, .openMetrics) == [
                "# TYPE networkobservability_dns_request_count unknown", "dns_request_count 3",
                "# EOF",
            ])
        #expect(
            Self.text(translated, .text).first
                == "# TYPE networkobservability_dns_request_count counter")
    }

    @Test(
        "for any traffic and any budget, Retina's series are within the limit and add up to the truth",
        arguments: RetinaContext.allCases, 0..<20 as Range<UInt64>)
    func sums(_ context: RetinaContext, _ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limit = Int.random(in: 60...300, using: &random)
        let budget = SeriesBudget(
            limit: limit, budget: { _ in 40 },
            translation: RetinaTranslation(context, on: .linux, node: ""))
        var counts: [Pair: UInt64] = [:]
        for _ in 0..<10 {
            for _ in 0..<Int.random(in: 1...30, using: &random) {
                let pair = Pair(
                    source: .random(in: 0..<9, using: &random),
                    destination: .random(in: 0..<9, using: &random),
                    isEgress: .random(using: &random))
                counts[pair, default: 0] += .random(in: 1...1_000, using: &random)
            }
            var samples = SampleBuffer()
            var pods: [Int: [Direction: UInt64]] = [:]
            for (pair, count) in counts {
                samples.add(
                    count, to: Catalog.flowPackets,
                    SourceLabel(Identity(namespace: "n", pod: "p\(pair.source)")),
                    DestinationLabel(Identity(namespace: "n", pod: "p\(pair.destination)")), .tcp,
                    pair.direction)
                pods[pair.pod, default: [:]][pair.direction, default: 0] += count
            }
            for (pod, directions) in pods {
                for (direction, count) in directions {
                    samples.add(
                        count, to: Catalog.podPackets,
                        PodLabel(Identity(namespace: "n", pod: "p\(pod)")), direction)
                }
            }
            let held = budget.apply(to: samples)
            let written = held.families.filter { $0.descriptor.name.contains("adv_forward_count") }
            let sum = written.flatMap(\.rows).reduce(0 as UInt64) { sum, row in
                if case .count(let count) = row.value { sum + count } else { sum }
            }
            #expect(sum == (context == .basic ? 0 : counts.values.reduce(0, +)))
            #expect(held.families.reduce(0) { $0 + $1.values.count } <= limit + 3)
        }
    }

    private struct Pair: Hashable {
        let source: Int
        let destination: Int
        let isEgress: Bool
        var direction: Direction { isEgress ? .egress : .ingress }
        var pod: Int { isEgress ? source : destination }
    }
}

/// A value that a closure reads and a test changes.
private final class Held: Sendable {
    private let held: Mutex<[PodName: IPAddress]>

    init(_ value: [PodName: IPAddress]) { held = Mutex(value) }

    var value: [PodName: IPAddress] {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }
}
