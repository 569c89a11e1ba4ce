import TestSupport
import MetricSchema
import Observability
import Testing

@testable import LinuxBackend

/// What a Linux node with two pods says, from recorded inputs through the collectors to the text.
struct NodeGoldenTests {
    @Test("the collectors' exposition is the accepted one")
    func node() throws {
        let board = Self.board()
        let collectors: [any Collector] = [
            TrafficCollector(board: board, totals: Self.totals),
            DropCollector(
                board: board, reasons: Self.reasons,
                symbols: KernelSymbols(path: Fixture.path("kallsyms"))
            ) { (Self.drops, .init(packets: 2, bytes: 120)) },
            InterfaceCollector(board: board) {
                try Fixture.netlink("links")
            } speed: { name in
                name == "br0" ? 1_250_000_000 : nil
            },
            try Self.stack(board),
            SoftnetCollector { try Self.recording.file("proc/net/softnet_stat") },
            QdiscCollector {
                try Self.recording.bytes("netlink/qdiscs")
            } links: {
                try Self.recording.bytes("netlink/links")
            },
        ]
        var samples = SampleBuffer()
        for collector in collectors { try collector.collect(into: &samples) }
        let exposition = Exposition(samples, as: .text)
        #expect(exposition.duplicates.isEmpty)
        #expect(try Golden(url: Repository.linuxScrape).problem(with: exposition.text()) == nil)
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

    /// The recorded pod's numbers, for the node and for blue.
    private static func stack(_ board: EndpointBoard) throws -> StackCollector {
        let reading = StackReading(
            counters: try StackCounters(
                snmp: recording.file("proc/net/snmp"), netstat: recording.file("proc/net/netstat"),
                snmp6: recording.file("proc/net/snmp6")),
            memory: try SocketMemory(
                sockstat: recording.file("proc/net/sockstat"),
                sockstat6: recording.file("proc/net/sockstat6")))
        let survey = NamespaceSurvey<StackReading>(interval: .zero, budget: .seconds(9)) { _, _ in
            reading
        }
        var places = EndpointPlaces()
        places.namespaces[1] = .init(endpoint: 3, path: "blue")
        let collector = StackCollector(board: board, survey: survey) { reading }
        collector.follow(places)
        return collector
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
