import MetricSchema
import Observability
import Synchronization
import TestSupport
import Testing
import WindowsBackend

/// Whole nodes, from what every transport said to the text of a scrape.
@Suite struct WindowsNodeTests {
    static let nodes = [
        "server1709-flannel-overlay", "server2019-azure-cni-no-pods", "server2019-flannel-overlay",
        "server2022-transparent-without-vfp", "server2025-nat-hcn-only",
        "server2025-azure-cni-dual-stack",
    ]

    @Test("a scrape of a node is the golden, to the letter", arguments: nodes)
    func matchesGolden(_ name: String) async throws {
        let recording = Recording(name)
        let now = ContinuousClock.now
        let backend = WindowsBackend(
            recording.transports, settings: .everything, log: .silent, now: { now })
        let text = try await Self.text(backend)
        let golden = Golden(url: recording.folder.appending(path: "metrics.golden"))
        #expect(try golden.problem(with: text) == nil)
    }

    private static func text(_ backend: WindowsBackend) async throws -> String {
        let outcomes = await Scrape(backend.collectors).outcomes(deadline: .seconds(30))
        #expect(outcomes.allSatisfy { $0.failure == nil }, "\(outcomes.compactMap(\.failure))")
        let exposition = Exposition(SampleBuffer(outcomes), as: .text)
        #expect(exposition.duplicates.map(\.name) == [])
        return exposition.text().split(separator: "\n")
            .filter { !$0.contains(Catalog.collectorDuration.descriptor.name) }
            .map { $0 + "\n" }.joined()
    }

    @Test("every metric a capability is said to bring is in a scrape of a node that has it")
    func bringsWhatIsPromised() async throws {
        let node = WindowsBackend(
            Recording("server2022-calico-30-pods").transports, settings: .everything, log: .silent)
        let none = WindowsBackend(
            .replaying(RecordedNode { _ in nil }), settings: .everything, log: .silent)
        let text = try await Self.text(node)
        for name in none.capabilities.flatMap(\.absentMetrics) {
            #expect(text.contains("\n\(name)"), "\(name)")
        }
    }

    @Test("no drop is in the node's drops twice: each reason has one source")
    func countsDropsOnce() async throws {
        let text = try await Self.text(
            WindowsBackend(
                Recording("server2022-calico-30-pods").transports, settings: .everything,
                log: .silent))
        let lines = text.split(separator: "\n").filter {
            $0.hasPrefix("fovea_node_drop_packets_total{")
        }
        // Pods 1…30: mac_spoofing is their number modulo 3, VFP's ACL drops their number modulo 2, twice
        // on the way in. HNS has the same as Hyper-V, and so is not there. Of the stream the virtual
        // switch's and VFP's are left out.
        #expect(
            Set(lines.map(String.init)) == [
                #"fovea_node_drop_packets_total{reason="mac_spoofing",direction="ingress"} 30"#,
                #"fovea_node_drop_packets_total{reason="mtu_mismatch",direction="ingress"} 1"#,
                #"fovea_node_drop_packets_total{reason="vfp_acl",direction="egress"} 15"#,
                #"fovea_node_drop_packets_total{reason="vfp_acl",direction="ingress"} 30"#,
                #"fovea_node_drop_packets_total{reason="fl_loopback_packet",direction="ingress"} 2"#,
                #"fovea_node_drop_packets_total{reason="54321",direction="egress"} 1"#,
            ])
        let pods = text.split(separator: "\n").filter {
            $0.hasPrefix("fovea_pod_drop_packets_total{") && $0.contains("hns_endpoint")
        }
        let sum = pods.reduce(0) { $0 + (Int($1.split(separator: " ").last ?? "") ?? 0) }
        #expect(sum == 30)
    }

    // MARK: HNS that restarts

    @Test("counters never go back when HNS restarts and an endpoint is made anew")
    func survivesRestart() throws {
        let hns = Recording("server2022-hns-restarts").hns
        let collector = HNSCollector(hns, EndpointReader(hns), log: .silent)
        func packets() throws -> [String: UInt64] {
            var samples = SampleBuffer()
            try collector.collect(into: &samples)
            var packets: [String: UInt64] = [:]
            for family in samples.families where family.descriptor === Catalog.podPackets.descriptor
            {
                for row in family.rows {
                    if case .count(let count) = row.value { packets[row.labels] = count }
                }
            }
            return packets
        }
        let first = #"pod="015eed00-eth0",direction="ingress""#
        let second = #"pod="025eed00-eth0",direction="ingress""#
        let before = try packets()
        #expect(before[first] == 1001 && before[second] == 1002)
        // The service does not answer: no number is better than a wrong one.
        #expect(throws: HNSError.self) { try packets() }
        let after = try packets()
        // Pod 1's counters began again at 7; pod 2's endpoint is another one, with 5.
        #expect(after[first] == 1001 + 7 && after[second] == 1002 + 5)
        #expect(try packets() == after)
    }

    // MARK: Pods

    @Test("an endpoint known before its pod takes its totals along, and the rule is told")
    func movesToItsPod() throws {
        let hns = Recording("server2019-flannel-overlay").hns
        let pods = Mutex<[LocalPod]>([])
        let endpoints = EndpointReader(HNSInventory(hns)) { pods.withLock { $0 } }
        let collector = HNSCollector(hns, endpoints, log: .silent)
        func lines() throws -> [String] {
            var samples = SampleBuffer()
            try collector.collect(into: &samples)
            return Exposition(samples, as: .text).text().split(separator: "\n").map(String.init)
        }
        let sandbox = "015eed" + String(repeating: "0", count: 54) + "1eef"
        let packets = "fovea_pod_forward_packets_total"
        let before = try lines()
        let own = "pod=\"\(sandbox)_flannel.4096\""
        #expect(before.contains("\(packets){\(own),direction=\"ingress\"} 1001"))
        #expect(before.contains("fovea_windows_endpoints{rule=\"own_name\"} 1"))
        pods.withLock {
            $0 = [
                LocalPod(
                    identity: Identity(namespace: "shop", pod: "cart"), containers: [sandbox])
            ]
        }
        let after = try lines().filter { $0.hasPrefix(packets) || $0.hasSuffix("sandbox\"} 1") }
        #expect(
            after == [
                "\(packets){namespace=\"shop\",pod=\"cart\",direction=\"egress\"} 501",
                "\(packets){namespace=\"shop\",pod=\"cart\",direction=\"ingress\"} 1001",
                "fovea_windows_endpoints{rule=\"sandbox\"} 1",
            ])
    }

    // MARK: VFP

    /// Answers for ports as it is told to.
    private final class Ports: VFPTransport {
        let packets = Mutex<[GUID: String]>([:])

        func ask(_ request: VFPRequest) throws(WindowsCallError) -> [UInt8] {
            guard case .counters(let port) = request,
                let value = packets.withLock({ $0[port] })
            else { throw WindowsCallError("vfpctrl", .exit(2, said: "Error (2)")) }
            return Array("Direction - IN\nDropped ACL packets : \(value)\n".utf8)
        }
    }

    @Test("a port enabled again goes on from where it was, and one that is gone keeps its total")
    func keepsPortTotals() throws {
        let hns = Recording("server2022-calico-30-pods").hns
        let ports = Ports()
        let collector = VFPCollector(EndpointReader(hns), ports, log: .silent)
        func drops() throws -> UInt64? {
            var samples = SampleBuffer()
            try collector.collect(into: &samples)
            let family = samples.families.first {
                $0.descriptor === Catalog.nodeDropPackets.descriptor
            }
            let row = family?.rows.first { $0.labels.contains("ingress") }
            if case .count(let count) = row?.value { return count }
            return nil
        }
        let first = try #require(GUID("0000000F-0000-4000-8000-000000000001"))
        let second = try #require(GUID("0000000F-0000-4000-8000-000000000002"))
        ports.packets.withLock { $0 = [first: "10", second: "5"] }
        #expect(try drops() == 15)
        ports.packets.withLock { $0 = [first: "3", second: "6"] }
        #expect(try drops() == 19)
        // One value that cannot be read is made up for by the next that can.
        ports.packets.withLock { $0 = [first: "viele", second: "6"] }
        #expect(try drops() == 19)
        ports.packets.withLock { $0 = [first: "8"] }
        #expect(try drops() == 24)
    }

    // MARK: Cost

    /// Files of a node that were asked for, which is calls.
    private final class Calls: Sendable {
        private let names = Mutex<[String]>([])

        func node(_ pods: Int) -> RecordedNode {
            let many = ManyPods(pods)
            return RecordedNode { name in
                let bytes = many.file(name)
                if bytes != nil { self.names.withLock { $0.append(name) } }
                return bytes
            }
        }

        /// Those since the last time, by what they begin with.
        func take() -> [String: Int] {
            let taken = names.withLock { names in
                defer { names = [] }
                return names
            }
            return Dictionary(
                taken.map { ($0.split(separator: "/").prefix(2).joined(separator: "/"), 1) },
                uniquingKeysWith: +)
        }
    }

    @Test(
        "250 pods cost a bounded number of calls and processes a scrape, and all are read in eight")
    func boundsCost() async throws {
        let calls = Calls()
        var settings = WindowsSettings()
        settings.compartments = 32
        // Goes on by a scrape's interval and not by what this machine takes, or slowness would put ports off.
        let clock = Mutex(ContinuousClock.now)
        let backend = WindowsBackend(
            .replaying(calls.node(250)), settings: settings, log: .silent,
            now: { clock.withLock { $0 } })
        #expect(calls.take()["vfp/counters"] == nil)
        let scrape = Scrape(backend.collectors)
        var read: Set<String> = []
        for turn in 1...8 {
            clock.withLock { $0 += .seconds(15) }
            let outcomes = await scrape.outcomes(deadline: .seconds(600))
            #expect(outcomes.allSatisfy { $0.failure == nil })
            let taken = calls.take()
            #expect(taken["hns/endpointstats"] == 250)
            // Three collectors need them.
            #expect(taken["hns/endpoints.json"] == 1)
            #expect(taken["hns/namespaces.json"] == 1)
            #expect(taken["vfp/ports.txt"] == nil)
            #expect(taken["vfp/counters"] == 32)
            #expect(taken["pktmon/counters.json"] == 1)
            let compartments = taken.filter { $0.key.hasPrefix("iphelper/compartment-") }
            #expect(compartments.values.reduce(0, +) == 8 * 32)
            let bound = 250 + 32 + 8 * 32 + 40
            #expect(taken.values.reduce(0, +) <= bound)
            for metric in [
                Catalog.podConnectionEvents.descriptor, Catalog.stackTCPEstablished.pod,
            ] {
                read = []
                for family in SampleBuffer(outcomes).families where family.descriptor === metric {
                    read = Set(family.rows.map { String($0.labels.prefix { $0 != "," }) })
                }
                #expect(read.count == min(250, 32 * turn), "\(metric.name) in scrape \(turn)")
            }
        }
    }

    @Test("a node with more pods than one reading's worth has every pod's own series")
    func keepsPodsApart() async throws {
        let many = ManyPods(250)
        let node = RecordedNode { many.file($0) }
        let text = try await Self.text(WindowsBackend(.replaying(node), log: .silent))
        let pods = text.split(separator: "\n").filter {
            $0.hasPrefix("fovea_pod_forward_packets_total{") && $0.contains("ingress")
        }
        #expect(pods.count == 250)
        let sum = pods.reduce(0) { $0 + (Int($1.split(separator: " ").last ?? "") ?? 0) }
        // Pod p has what pod (p - 1) % 30 + 1 has: 1000 and its number.
        #expect(sum == (1...250).reduce(0) { $0 + 1000 + ($1 - 1) % 30 + 1 })
    }
}
