import TestSupport
import MetricSchema
import Observability
import Testing

@testable import LinuxBackend

/// What a Linux node with two pods says, from recorded inputs through the collectors to the text.
struct NodeGoldenTests {
    @Test("the collectors' exposition is the accepted one")
    func node() throws {
        let exposition = Exposition(try Self.samples(), as: .text)
        #expect(exposition.duplicates.isEmpty)
        #expect(try Golden(url: Repository.linuxScrape).problem(with: exposition.text()) == nil)
    }

    @Test(
        "what is made of it in Retina's names is the accepted one", arguments: ["local", "remote"])
    func retina(_ context: String) throws {
        let translation = RetinaTranslation(
            try #require(RetinaContext(rawValue: context)), on: .linux, node: "this"
        ) {
            [PodName(namespace: "", pod: "blue"): IPAddress(v4: 0x0a09_0001)]
        }
        let exposition = Exposition(translation.translate(try Self.samples()), as: .text)
        #expect(exposition.duplicates.isEmpty)
        let url = Repository.url("Tests/Fixtures/linux/retina-\(context).golden")
        #expect(try Golden(url: url).problem(with: exposition.text()) == nil)
    }

    private static func samples() throws -> SampleBuffer {
        let board = Self.board()
        let collectors: [any Collector] = [
            TrafficCollector(board: board, table: TCPSamples.flows(), totals: Self.totals),
            TCPPacketCollector(
                board: board, counts: TCPSamples.counts, latencies: TCPSamples.latencies,
                stats: TCPSamples.stats),
            APIServerCollector(board: board, expire: {}, read: TCPSamples.apiServer),
            PeerNodeCollector(board: try TCPSamples.otherNodes()) { place in
                var latencies = PeerLatencies()
                if place == 1 {
                    latencies.handshake.record(nanoseconds: 300_000)
                    latencies.roundTrip.record(nanoseconds: 200_000)
                }
                return latencies
            } presence: {
                ["other": .answered(nanoseconds: 400_000), "silent": .silent, "busy": .heard][$0]
            },
            DropCollector(
                board: board, reasons: Self.reasons,
                symbols: KernelSymbols(path: Fixture.path("kallsyms"))
            ) { _ in DropReading(rows: Self.drops, lost: .init(packets: 2, bytes: 120)) },
            TCPSocketCollector(
                board: board, reasons: Self.resetReasons, totals: Self.tcpTotals,
                released: { Self.tcpTotals(0) }),
            DNSCollector(
                board: board, losses: { DNSLosses(queries: 3, streams: 1, names: 2) },
                names: Self.names, read: Self.dns),
            NetfilterDropCollector(
                board: board, symbols: KernelSymbols(path: Fixture.path("kallsyms"))
            ) { (Self.netfilterDrops, 1) },
            try PolicySamples.collector(board), PolicySamples.connections(board),
            ServiceSamples.collector(),
            NftablesCollector { try NftablesTests.reading(Recording(kernel: "6.18")) },
            try Self.rules(board),
            InterfaceCollector(board: board) {
                try Fixture.netlink("links")
            } speed: { name in
                name == "br0" ? 1_250_000_000 : nil
            },
            try Self.stack(board),
            try Self.sockets(board), try Self.drivers(board),
            InfiniBandCollector(root: Fixture.path("infiniband/sys")),
            SoftnetCollector { try Self.recording.file("proc/net/softnet_stat") },
            QdiscCollector {
                try Self.recording.bytes("netlink/qdiscs")
            } links: {
                try Self.recording.bytes("netlink/links")
            },
            try Self.conntrack(board),
        ]
        var samples = SampleBuffer()
        for collector in collectors { try collector.collect(into: &samples) }
        return samples
    }

    @Test("what every series adds up to is the node's", arguments: Direction.allCases)
    func parts(_ direction: Direction) {
        for row in Self.board().rows {
            let total = Self.totals(row.number, direction)
            let parts = total.other.packets + total.malformed.packets + total.lost.packets
            #expect(parts <= total.packets)
        }
    }

    /// Two uplinks, one of them unplugged; two pods, one of them gone; pod1 is blue's link.
    private static func board() -> EndpointBoard {
        let board = EndpointBoard()
        board.replace([
            .init(number: 1, owner: .uplink("eth0"), links: ["eth0"]),
            .init(number: 2, owner: .uplink("eth1"), links: ["eth1"], retired: .now),
            .init(number: 3, owner: .namespace("blue"), links: ["pod1"]),
            .init(number: 4, owner: .namespace("green"), links: [], retired: .now),
        ])
        return board
    }

    private static let totals: @Sendable (UInt16, Direction) -> EndpointTotals = {
        number, direction in
        var total = EndpointTotals()
        total.packets = 1_000 * UInt64(number) + (direction == .egress ? 7 : 0)
        total.bytes = total.packets * 100
        total.segments = total.packets + 11
        if number == 1 { total.other = .init(packets: 5, bytes: 210) }
        if number == 2 { total.other = .init(packets: 1, bytes: 42) }
        if number == 3, direction == .ingress {
            total.malformed = .init(packets: 3, bytes: 90)
            total.lost = .init(packets: 40, bytes: 6_000)
        }
        return total
    }

    private static let recording = Recording(kernel: "6.12")

    /// The recorded pod's numbers, for the node and for blue, which has seen more go wrong.
    private static func stack(_ board: EndpointBoard) throws -> StackCollector {
        let counters = try StackCounters(
            snmp: recording.file("proc/net/snmp"), netstat: recording.file("proc/net/netstat"),
            snmp6: recording.file("proc/net/snmp6"))
        let memory = try SocketMemory(
            sockstat: recording.file("proc/net/sockstat"),
            sockstat6: recording.file("proc/net/sockstat6"))
        let reading = StackReading(counters: counters, memory: memory)
        var more = counters
        for counter in [
            StackCounter.ipForwarded, .ipInHeaderErrors, .tcpAttemptFails, .tcpEstablishedResets,
            .tcpRetransmitted, .tcpInErrors, .tcpOutResets,
        ] {
            more[counter] = 1
        }
        let blue = StackReading(counters: more, memory: memory)
        let survey = NamespaceSurvey<StackReading>(interval: .zero, budget: .seconds(9)) { _, _ in
            blue
        }
        var places = EndpointPlaces()
        places.namespaces[1] = .init(endpoint: 3, path: "blue")
        let collector = StackCollector(board: board, survey: survey) { reading }
        collector.follow(places)
        return collector
    }

    /// Blue has the recorded rules, made since the agent began.
    private static func rules(_ board: EndpointBoard) throws -> EndpointNftablesCollector {
        let reading = try NftablesTests.reading(Recording(kernel: "6.18"))
        let survey = NamespaceSurvey<NftablesReading>(interval: .zero, budget: .seconds(9)) {
            _, _ in reading
        }
        let collector = EndpointNftablesCollector(board: board, survey: survey) { _ in [:] }
        var places = EndpointPlaces()
        collector.follow(places)
        places.namespaces[1] = .init(endpoint: 3, path: "blue")
        collector.follow(places)
        return collector
    }

    /// Of the host itself and of blue; green never used TCP.
    private static let tcpTotals: @Sendable (UInt16) -> TCPSocketTotals = { number in
        var totals = TCPSocketTotals()
        switch number {
        case 0:
            totals.established = [.client: 30, .server: 5]
            totals.closed = [.closed: 33, .timedOut: 1]
            totals.failed = [.client: [.notSent: 2, .aborted: 1]]
        case 3:
            totals.retransmitted = [.data: 46, .syn: 8, .synAck: 3]
            totals.retransmittedBytes = 65_160
            totals.resetsReceived = 7
            totals.resetsSent = [1: 11, 12: 4, 63: 1]
            totals.established = [.client: 100, .server: 2_000]
            totals.closed = [
                .closed: 2_050, .reset: 7, .aborted: 4, .timedOut: 2, .unreachable: 1, .other: 1,
            ]
            totals.failed = [
                .client: [.refused: 5, .timedOut: 4, .unreachable: 3, .other: 1],
                .server: [.reset: 2],
            ]
            totals.unmeasured = [.client: 1]
            totals.halfOpenEnded = 3
            totals.halfOpenUnwatched = 2
            for place in 1...4 {
                totals.connect.record(nanoseconds: UInt64(place) * 200_000)
                totals.accept.record(nanoseconds: UInt64(place) * 40_000_000)
                totals.roundTrip.record(nanoseconds: UInt64(place) * 1_000_000_000)
            }
        default: break
        }
        return totals
    }

    private static let resetReasons = ResetReasonNames(kernelNames: [
        0: "SK_RST_REASON_NOT_SPECIFIED", 1: "SK_RST_REASON_NO_SOCKET",
        12: "SK_RST_REASON_TCP_ABORT_ON_LINGER",
    ])

    /// An uplink, a client and a server; the second pod has no DNS.
    private static let dns: @Sendable (UInt16) throws -> DNSCounters = { number in
        var counters = DNSCounters()
        switch number {
        case 1: counters.client = Self.asked(times: 1)
        case 2:
            counters.client = Self.asked(times: 2)
            counters.malformed[1] = 4
            counters.undetailed[3] = 9
        case 3:
            counters.client = Self.asked(times: 100)
            counters.server = Self.asked(times: 10)
            counters.malformed[0] = 5
            counters.undetailed[0] = 6
            counters.undetailed[9] = 7
        default: break
        }
        return counters
    }

    /// Two names with series of their own, and a third that has none.
    private static let names: @Sendable (UInt16, DNSRole) -> DNSNameTable? = { number, role in
        guard number == 3, role == .client else { return nil }
        var table = DNSNameTable(limit: 2)
        for (name, code) in [
            ("db.example", DNSResponseCode.noerror), ("nx.example", .nxdomain),
            ("www.example", .noerror),
        ] {
            table.add(name, code: nil)
            table.add(name, code: code)
        }
        return table
    }

    private static func asked(times: UInt64) -> DNSRoleCounters {
        var counters = DNSRoleCounters()
        counters[.udp, .a] = 20 * times
        counters[.tcp, .aaaa] = 5 * times
        counters[.udp, .nxdomain, .a] = 18 * times
        counters[.tcp, .noerror, .aaaa] = 5 * times
        for _ in 0..<times { counters.latency.record(nanoseconds: 300_000) }
        counters.timeouts = times
        counters.truncated = 2 * times
        counters.repeated = times
        counters.unmatched = 3 * times
        return counters
    }

    /// A node's table and blue's own, both the recorded one; blue is 10.9.0.1 and green 10.9.0.2.
    private static func conntrack(_ board: EndpointBoard) throws -> ConntrackCollector {
        let identities = IdentityIndex()
        identities.update(
            endpoints: [
                Endpoint(
                    number: 3, identity: Identity(pod: "blue"),
                    addresses: [IPAddress(v4: 0x0a09_0001)]),
                Endpoint(
                    number: 4, identity: Identity(pod: "green"),
                    addresses: [IPAddress(v4: 0x0a09_0002)]),
            ], nodeAddresses: [])
        let recording = Recording(kernel: "6.18")
        var table = ConntrackTable()
        table.size = try ConntrackSize(parsing: recording.bytes("netlink/conntrack-size"))
        table.statistics.add(
            try ConntrackStatistics.all(
                in: recording.bytes("netlink/conntrack-statistics")))
        var census = ConntrackCensus(identities.current)
        for entry in try ConntrackEntry.all(
            in: recording.bytes("netlink/conntrack-entries"))
        {
            census.add(entry)
        }
        table.census = census
        let dumped = ContinuousClock.now
        table.dumped = dumped
        table.dumpTook = .milliseconds(250)
        let events = ConntrackReading.Events(
            totals: [
                .init(event: .new, transport: .tcp): 12, .init(event: .destroy, transport: .udp): 3,
            ], lost: 1)
        let reading = ConntrackReading(node: table, endpoints: [3: table], events: events)
        return ConntrackCollector(
            board: board, identities: identities,
            files: { ConntrackFileValues(entries: 17, limit: 262_144, buckets: 65_536) },
            now: { dumped + .seconds(12) }, tables: { reading })
    }

    private static let reasons = DropReasonNames(kernelNames: [
        2: "SKB_DROP_REASON_NOT_SPECIFIED", 3: "SKB_DROP_REASON_NO_SOCKET",
        5: "SKB_DROP_REASON_NETFILTER_DROP",
    ])

    private static let drops: [DropRow] = [
        drop(0, 3, .ingress, 10),  // the node's own
        drop(1, 3, .ingress, 1),  // an uplink's
        drop(3, 3, .ingress, 20),
        drop(3, 5, .egress, 4),
        drop(4, 5, .egress, 2),
        drop(9, 5, .ingress, 3),  // of a number nobody has
        drop(nil, 5, .egress, 100),  // of endpoints whose numbers were given back
        drop(3, 2, .egress, 6, at: 0xffff_ffff_8203_31d9),
        drop(4, 2, .egress, 1, at: 0xffff_ffff_8203_3200),  // the same function
        drop(0, 2, .egress, 8, at: 0x1000),
        drop(0, 0x1_0003, .ingress, 9),
    ]

    private static let netfilterDrops: [NetfilterDropRow] = [
        hook(3, .egress, 4, 0xffff_ffff_8200_0010),
        hook(4, .egress, 2, 0xffff_ffff_8200_0010),
        hook(0, .ingress, 5, 0xffff_ffff_8200_0110),
        hook(9, .ingress, 3, 0),  // of a number nobody has, in a hook that was not found
        hook(nil, .egress, 100, 0xffff_ffff_8200_0010),  // of endpoints that are no more
    ]

    private static func hook(
        _ endpoint: UInt16?, _ direction: Direction, _ packets: UInt64, _ caller: UInt64
    ) -> NetfilterDropRow {
        NetfilterDropRow(
            endpoint: endpoint, kind: .init(caller: caller, direction: direction), packets: packets)
    }

    private static func drop(
        _ endpoint: UInt16?, _ reason: UInt32, _ direction: Direction, _ packets: UInt64,
        at location: UInt64 = 0
    ) -> DropRow {
        DropRow(
            endpoint: endpoint,
            kind: .init(reason: reason, location: location, direction: direction),
            amount: .init(packets: packets, bytes: packets * 60))
    }
}
