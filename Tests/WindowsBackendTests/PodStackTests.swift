import MetricSchema
import Observability
import Synchronization
import Testing

@testable import WindowsBackend

/// The stacks of containers, by network compartment.
@Suite struct PodStackTests {
    /// Stacks in which every counter has one value, the host's growing with each call, and connections of their own.
    private final class Compartments: IPHelperTransport {
        struct State {
            var values: [UInt32: UInt32] = [:]
            var host: UInt32 = 1_000
            /// What compartments have of the host's.
            var shared: Set<StackSource> = []
            var refusal: HRESULT?
            var asked: [UInt32] = []
        }
        let state = Mutex(State())

        func read(
            _ table: IPHelperTable, compartment: UInt32?
        ) throws(WindowsCallError) -> [UInt8] {
            let (value, own) = try state.withLock {
                state throws(WindowsCallError) -> (UInt32, UInt32) in
                state.host += 1
                guard let compartment else { return (state.host, 0) }
                if state.asked.last != compartment { state.asked.append(compartment) }
                if let refusal = state.refusal {
                    throw WindowsCallError(
                        "SetCurrentThreadCompartmentId(\(compartment))", .result(refusal))
                }
                if state.shared.contains(table.source) { return (state.host, 0) }
                return (state.values[compartment] ?? 0, compartment)
            }
            var bytes = ByteBuilder()
            switch table {
            case .ipStatistics: for _ in 0..<23 { bytes.append(value) }
            case .udpStatistics: for _ in 0..<5 { bytes.append(value) }
            case .tcpStatistics: for _ in 0..<15 { bytes.append(value) }
            case .tcpConnections(.v4):
                // Two established, from an address and with a process of their own.
                for row in 0..<2 as Range<UInt32> {
                    for word in [5, 0x0A00_0000 + own, 1_000 + row, 1, 443, 4 * own] {
                        bytes.append(word)
                    }
                }
            default: break
            }
            return bytes.bytes
        }
    }

    private static func id(_ kind: String, _ number: Int) -> String {
        "0000000\(kind)-0000-4000-8000-00000000000\(number)"
    }

    /// Endpoints 1 and 2 in compartments 2 and 3; 3 is in the host's, 4 in a virtual machine's, and 5 and 6 in
    /// one that both their namespaces claim.
    private static let hns: [String: [ReplayingHNS.Answer]] = {
        let endpoints = (1...6).map {
            #"{"ID":"\#(id("E", $0))","Name":"pod-\#($0)","State":3,"Namespace":{"ID":"\#(id("D", $0))"}}"#
        }
        let kinds = [(2, ""), (3, ""), (1, "HostDefault"), (9, "Guest"), (7, ""), (7, "")]
        let namespaces = kinds.enumerated().map { place, kind in
            #"{"ID":"\#(id("D", place + 1))","CompartmentId":\#(kind.0),"Type":"\#(kind.1)"}"#
        }
        return [
            "/endpoints/": [.json(envelope(endpoints))],
            "/namespaces/": [.json(envelope(namespaces))],
        ]
    }()

    private static func envelope(_ values: [String]) -> [UInt8] {
        Array(#"{"Success":true,"Output":[\#(values.joined(separator: ","))]}"#.utf8)
    }

    private let helper = Compartments()

    private func collector(
        _ answers: [String: [ReplayingHNS.Answer]] = hns, compartments: Int = 64
    ) -> PodStackCollector {
        PodStackCollector(
            EndpointReader(ReplayingHNS(answers)), helper, compartments: compartments,
            log: .silent)
    }

    private func lines(_ collector: PodStackCollector) throws -> Set<String> {
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        let text = Exposition(samples, as: .text).text()
        return Set(text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init))
    }

    @Test(
        "a pod's numbers are its compartment's; the host's, guests' and contested ones are not read"
    )
    func readsOwn() throws {
        helper.state.withLock { $0.values = [2: 20, 3: 30] }
        let collector = collector()
        let lines = try lines(collector)
        #expect(helper.state.withLock { Set($0.asked) } == [2, 3])
        for (pod, value) in [("pod-1", 20), ("pod-2", 30)] {
            for line in [
                // Of both families.
                #"fovea_pod_stack_tcp_opens_total{pod="\#(pod)",side="client"} \#(2 * value)"#,
                #"fovea_pod_stack_tcp_failed_opens_total{pod="\#(pod)"} \#(2 * value)"#,
                #"fovea_pod_stack_tcp_retransmitted_segments_total{pod="\#(pod)"} \#(2 * value)"#,
                #"fovea_pod_stack_tcp_established_connections{pod="\#(pod)"} \#(2 * value)"#,
                #"fovea_pod_stack_udp_datagrams_total{pod="\#(pod)",family="ipv6",direction="egress"} \#(value)"#,
                #"fovea_pod_sockets{pod="\#(pod)",family="ipv4",protocol="tcp",state="established"} 2"#,
            ] {
                #expect(lines.contains(line), "\(line)")
            }
        }
        #expect(!lines.contains { $0.contains("pod-3") || $0.contains("pod-4") })
        #expect(!lines.contains { $0.contains("pod-5") || $0.contains("pod-6") })
        #expect(collector.capability.missing == nil)
    }

    @Test(
        "what is the host's under a container's name is no pod's, and its capability is missing",
        arguments: StackSource.allCases)
    func refusesTheHosts(_ source: StackSource) throws {
        helper.state.withLock {
            $0.values = [2: 20, 3: 30]
            $0.shared = [source]
        }
        let collector = collector()
        for _ in 1...2 {
            let lines = try lines(collector)
            for metric in StackSource.allCases.flatMap(\.podMetrics) {
                let isThere = lines.contains { $0.hasPrefix("\(metric.name){") }
                let isShared = source.podMetrics.contains { $0 === metric }
                #expect(isThere != isShared, "\(metric.name)")
            }
            let missing = try #require(collector.capability.missing)
            #expect(missing.hasSuffix("these are the host's: \(source.rawValue)"))
            #expect(collector.capability.absentMetrics == source.podMetrics.map(\.name))
        }
    }

    @Test("a total goes on beyond 32 bits, and never back when the compartment begins anew")
    func neverGoesBack() throws {
        var answers = Self.hns
        // HNS makes the first pod's namespace anew, in another compartment.
        answers["/namespaces/"] = [2, 2, 5].map { number in
            .json(
                Self.envelope([#"{"ID":"\#(Self.id("D", 1))","CompartmentId":\#(number)}"#]))
        }
        let collector = collector(answers)
        let most = Int(UInt32.max)
        let series = #"fovea_pod_stack_tcp_resets_sent_total{pod="pod-1"} "#
        func total() throws -> Int? {
            try lines(collector).first { $0.hasPrefix(series) }.flatMap {
                Int($0.dropFirst(series.count))
            }
        }
        helper.state.withLock { $0.values = [2: .max - 5] }
        #expect(try total() == 2 * (most - 5))
        helper.state.withLock { $0.values = [2: 4] }
        #expect(try total() == 2 * (most + 5))
        helper.state.withLock { $0.values = [5: 7] }
        #expect(try total() == 2 * (most + 12))
    }

    @Test("a scrape reads as many compartments as it may, those first that have waited longest")
    func takesTurns() throws {
        helper.state.withLock { $0.values = [2: 20, 3: 30] }
        let collector = collector(compartments: 1)
        var read: Set<Substring> = []
        for turn in 1...4 {
            let lines = try lines(collector)
            #expect(helper.state.withLock { $0.asked.count } == turn)
            read = Set(
                lines.filter { $0.hasPrefix("fovea_pod_stack_tcp_failed_opens_total") }
                    .compactMap { $0.split(separator: "\"").dropFirst().first })
            #expect(read.count == min(turn, 2))
        }
        #expect(helper.state.withLock { Set($0.asked) } == [2, 3])
    }

    @Test("a system that does not let them be read is asked for one a scrape, and says why")
    func saysWhyNot() throws {
        helper.state.withLock { $0.refusal = .exportNotFound }
        let collector = collector()
        let lines = try lines(collector)
        #expect(helper.state.withLock { $0.asked.count } == 1)
        #expect(!lines.contains { $0.hasPrefix("fovea_pod_") })
        #expect(
            lines.contains(
                "fovea_namespace_reading_failures_total{collector=\"pod-stack\"} 1"))
        let capability = collector.capability
        #expect(capability.missing?.contains("SetCurrentThreadCompartmentId") == true)
        #expect(capability.absentMetrics == PodStackCollector.metrics.map(\.name))
        // It is asked again, and may.
        helper.state.withLock {
            $0.refusal = nil
            $0.values = [2: 20, 3: 30]
        }
        #expect(try self.lines(collector).contains { $0.hasPrefix("fovea_pod_stack_tcp_opens") })
        #expect(collector.capability.missing == nil)
    }
}

extension IPHelperTable {
    fileprivate var source: StackSource {
        switch self {
        case .ipStatistics: .ip
        case .udpStatistics: .udp
        case .tcpStatistics: .tcp
        default: .connections
        }
    }
}
