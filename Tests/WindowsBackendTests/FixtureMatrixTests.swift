import MetricSchema
import Observability
import TestSupport
import Testing

@testable import WindowsBackend

/// Every kind of node that the agent is to run on, replayed whole: what it has to find there, and what it has to miss.
@Suite struct FixtureMatrixTests {
    struct Node: Sendable, CustomTestStringConvertible {
        /// A folder, or how many pods are made of the one with 30.
        enum Source: Sendable {
            case folder(String)
            case pods(Int)
        }

        let source: Source
        /// Of HNS; nil where it is not told.
        let version: String?
        let networks: [String]
        /// How the CNI plugin's names of endpoints end.
        let ending: String
        let families: Set<AddressFamily>
        /// Those that HNS counts for.
        let pods: Int
        /// Endpoints with VFP's counters.
        let ports: Int
        /// Capabilities, each with a part of the reason.
        let missing: [String: String]

        var testDescription: String {
            switch source {
            case .folder(let name): name
            case .pods(let count): "\(count) pods"
            }
        }

        var transports: WindowsTransports {
            switch source {
            case .folder(let name): return Recording(name).transports
            case .pods(let count):
                let many = ManyPods(count)
                return .replaying(RecordedNode { many.file($0) })
            }
        }
    }

    private static let unrecorded = "0x80004001"
    private static let without = [
        "hyper-v drop reasons": unrecorded, "packet monitor stream": unrecorded,
        "dns client events": unrecorded,
    ]

    static let nodes = [
        Node(
            source: .folder("server1709-flannel-overlay"), version: "5.1", networks: ["overlay 1"],
            ending: "_vxlan0", families: [.ipv4], pods: 2, ports: 2,
            missing: without.merging(["pktmon counters": "0x80070002"]) { $1 }),
        Node(
            source: .folder("server2019-azure-cni-no-pods"), version: "9.2",
            networks: ["l2bridge 1"], ending: "-eth0", families: [], pods: 0, ports: 0,
            missing: without.merging(["pktmon counters": "exit status 87"]) { $1 }),
        Node(
            source: .folder("server2019-flannel-overlay"), version: "9.2", networks: ["overlay 1"],
            ending: "_flannel.4096", families: [.ipv4], pods: 1, ports: 1,
            missing: [
                "hyper-v drop reasons": unrecorded, "dns client events": unrecorded,
                "pktmon counters": "exit status 87",
            ]),
        Node(
            source: .folder("server2022-calico-30-pods"), version: "13.3",
            networks: ["l2bridge 1"], ending: "_Calico", families: [.ipv4, .ipv6], pods: 30,
            ports: 30, missing: [:]),
        Node(
            source: .folder("server2022-transparent-without-vfp"), version: "13.3",
            networks: ["transparent 1"], ending: "_external", families: [.ipv4], pods: 1, ports: 0,
            missing: without.merging([
                "vfp port counters": "0x80070002", "pktmon counters": "exit status 1",
            ]) { $1 }),
        Node(
            source: .folder("server2025-nat-hcn-only"), version: nil, networks: ["nat 1"],
            ending: "default-test_nat", families: [.ipv4, .ipv6], pods: 0, ports: 1,
            missing: without.merging(["hns endpoint counters": "0x8007007F"]) { $1 }),
        Node(
            source: .folder("server2025-azure-cni-dual-stack"), version: "15.4",
            networks: ["l2bridge 1"], ending: "-eth0", families: [.ipv4, .ipv6], pods: 3, ports: 3,
            missing: [
                "packet monitor stream": unrecorded, "dns client events": unrecorded,
            ]),
        Node(
            source: .pods(250), version: "13.3", networks: ["l2bridge 1"], ending: "_Calico",
            families: [.ipv4, .ipv6], pods: 250, ports: 250, missing: [:]),
    ]

    @Test("a node is replayed with all that it has, and says what it lacks", arguments: nodes)
    func replays(_ node: Node) async throws {
        var settings = WindowsSettings.everything
        settings.vfpProcesses = 1024
        settings.compartments = 1024
        let transports = node.transports
        // A clock that stands: nothing is put off because this machine is slow.
        let now = ContinuousClock.now
        let backend = WindowsBackend(
            transports, settings: settings, log: .silent, now: { now })
        for capability in backend.capabilities {
            let reason = node.missing[capability.name]
            if let reason {
                #expect(
                    capability.missing?.contains(reason) == true,
                    "\(capability.name): \(capability.missing ?? "is there")")
            } else {
                #expect(capability.missing == nil, "\(capability.name)")
            }
        }
        let scrape = try await Lines(backend)
        #expect(scrape.failed == [])
        #expect(
            scrape.labels("fovea_windows_hns_info", "version") == (node.version.map { [$0] } ?? []))
        let networks = scrape.rows("fovea_windows_hns_networks").map {
            "\($0.label("type") ?? "") \($0.value)"
        }
        #expect(networks == node.networks)

        let endpoints = try #require(Self.endpoints(transports)).filter(\.carriesTraffic)
        #expect(endpoints.allSatisfy { $0.name.hasSuffix(node.ending) })
        let families = Set(
            endpoints.flatMap(\.addresses).map { $0.isV4 ? AddressFamily.ipv4 : .ipv6 })
        #expect(families == node.families)

        // Each pod has a thousand packets and its number, of which there are 30.
        let numbers = (0..<node.pods).map { $0 % 30 + 1 }
        let packets = scrape.rows("fovea_pod_forward_packets_total", "ingress")
        #expect(packets.count == node.pods)
        #expect(packets.map(\.value).reduce(0, +) == numbers.reduce(0) { $0 + 1000 + $1 })
        let bytes = scrape.rows("fovea_pod_forward_bytes_total", "egress")
        #expect(bytes.map(\.value).reduce(0, +) == numbers.reduce(0) { $0 + 50000 + $1 })
        // VFP's SYN packets are ten times the number on the way out, and one more on the way in.
        let flags = scrape.rows("fovea_pod_tcp_flag_packets_total", "ingress", "flag=\"syn\"")
        #expect(flags.count == node.ports)
        let ports = (0..<node.ports).map { $0 % 30 + 1 }
        #expect(flags.map(\.value).reduce(0, +) == ports.reduce(0) { $0 + 10 * $1 + 1 })
        let drops = scrape.rows("fovea_node_drop_packets_total", "vfp_acl", "ingress")
        #expect(drops.map(\.value).reduce(0, +) == ports.reduce(0) { $0 + $1 % 2 * 2 })
    }

    @Test("systems, networks, CNI plugins, families and numbers of pods are all among the nodes")
    func coversAll() {
        let networks = Set(
            Self.nodes.flatMap(\.networks).map { $0.split(separator: " ").first ?? "" })
        #expect(networks == ["l2bridge", "overlay", "nat", "transparent"])
        #expect(
            Set(Self.nodes.compactMap(\.version)) == ["5.1", "9.2", "13.3", "15.4"])
        #expect(Set(Self.nodes.map(\.pods)).isSuperset(of: [0, 1, 30, 250]))
        #expect(
            Set(Self.nodes.map(\.ending)).isSuperset(of: ["-eth0", "_Calico", "_flannel.4096"]))
        #expect(
            Set(Self.nodes.map(\.families)).isSuperset(of: [[.ipv4], [.ipv4, .ipv6]]))
    }

    /// By the version of HNS's API that the node has.
    private static func endpoints(_ transports: WindowsTransports) -> [HNSEndpoint]? {
        let inventories: [any NetworkInventory] = [
            HNSInventory(transports.hns), HCNInventory(transports.hcn),
        ]
        for inventory in inventories {
            if let list = try? inventory.endpoints() { return list.endpoints }
        }
        return nil
    }
}

/// The lines of a scrape.
struct Lines {
    struct Row: Equatable {
        /// With its labels.
        let series: Substring
        let value: UInt64

        func label(_ name: String) -> String? {
            let parts = series.split(separator: "\(name)=\"", maxSplits: 1)
            return parts.count == 2 ? String(parts[1].prefix { $0 != "\"" }) : nil
        }
    }

    let all: [Substring]
    /// Names of metrics that are counters.
    let counters: Set<Substring>

    init(_ backend: WindowsBackend) async throws {
        try await self.init(Scrape(backend.collectors))
    }

    init(_ scrape: Scrape) async throws {
        let exposition = Exposition(
            SampleBuffer(await scrape.outcomes(deadline: .seconds(600))), as: .text)
        #expect(exposition.duplicates.map(\.name) == [])
        all = exposition.text().split(separator: "\n")
        counters = Set(
            all.filter { $0.hasPrefix("# TYPE ") && $0.hasSuffix(" counter") }.compactMap {
                $0.split(separator: " ").dropFirst(2).first
            })
    }

    /// Of a metric, those that have each of these in their labels.
    func rows(_ metric: String, _ parts: String...) -> [Row] {
        all.filter { $0.hasPrefix("\(metric){") || $0.hasPrefix("\(metric) ") }
            .compactMap(Self.row)
            .filter { row in parts.allSatisfy { row.series.contains($0) } }
    }

    func labels(_ metric: String, _ name: String) -> [String] {
        rows(metric).compactMap { $0.label(name) }
    }

    /// Every series of every counter.
    var counted: [Substring: UInt64] {
        let rows = all.filter { line in
            counters.contains(line.prefix { $0 != "{" && $0 != " " })
        }.compactMap(Self.row)
        return Dictionary(rows.map { ($0.series, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// Collectors that did not succeed.
    var failed: [String] {
        rows("fovea_collector_success").filter { $0.value == 0 }.compactMap {
            $0.label("collector")
        }
    }

    private static func row(_ line: Substring) -> Row? {
        guard let space = line.lastIndex(of: " "),
            let value = UInt64(line[line.index(after: space)...])
        else { return nil }
        return Row(series: line[..<space], value: value)
    }
}
