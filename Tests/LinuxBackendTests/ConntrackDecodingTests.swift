import MetricSchema
import Observability
import Testing

@testable import LinuxBackend

/// The table that Tests/Fixtures/linux/record/conntrack.py makes, as each kernel tells it.
struct ConntrackDecodingTests {
    private func entries(_ kernel: Recording) throws -> [ConntrackEntry] {
        try ConntrackEntry.all(in: kernel.bytes("netlink/conntrack-entries"))
    }

    @Test("every connection of the recording is there, with its state", arguments: Recording.all)
    func states(_ kernel: Recording) throws {
        var census = ConntrackCensus(IdentityIndex().current)
        for entry in try entries(kernel) { census.add(entry) }
        #expect(
            census.kinds == [
                .init(.ipv4, .tcp, .established): 4, .init(.ipv6, .tcp, .established): 2,
                .init(.ipv4, .tcp, .timeWait): 1, .init(.ipv4, .tcp, .synSent): 1,
                .init(.ipv4, .udp, .unreplied): 5, .init(.ipv6, .udp, .unreplied): 1,
                .init(.ipv4, .udp, .replied): 1, .init(.ipv4, .icmp, .replied): 1,
            ])
        #expect(census.entries == 16)
    }

    @Test("a translated connection tells both of its names", arguments: Recording.all)
    func translated(_ kernel: Recording) throws {
        let service = try #require(
            try entries(kernel).first { $0.status.contains(.destinationNAT) })
        #expect(service.original.destination == IPAddress(v4: 0x0a60_0001))
        #expect(service.original.destinationPort == 80)
        #expect(service.reply.source == IPAddress(v4: 0x0a09_0002))
        #expect(service.reply.sourcePort == 7000)
        #expect(service.reply.destination == service.original.source)
        let leaving = try #require(try entries(kernel).first { $0.status.contains(.sourceNAT) })
        #expect(leaving.original.source == IPAddress(v4: 0x0a09_0001))
        #expect(leaving.reply.destination == IPAddress(v4: 0x0a09_0003))
        #expect(leaving.reply.sourcePort == 9002)
    }

    @Test("mark, zone, time left and counters are read", arguments: Recording.all)
    func details(_ kernel: Recording) throws {
        let entries = try entries(kernel)
        #expect(entries.filter { $0.mark == 42 }.map(\.original.destinationPort) == [9001])
        #expect(entries.filter { $0.zone == 7 }.map(\.original.destinationPort) == [9003])
        #expect(entries.allSatisfy { $0.timeout != nil && $0.status.contains(.confirmed) })
        let answered = try #require(entries.first { $0.original.destinationPort == 9004 })
        #expect(answered.originalCounters == .init(packets: 1, bytes: 38))
        #expect(answered.replyCounters == .init(packets: 1, bytes: 48))
        let six = try #require(entries.first { $0.isV6 && $0.tcpState == nil })
        #expect(six.original.source.description == "fd09::1")
        #expect(six.original.destination.description == "fd09::2")
        let echo = try #require(entries.first { $0.original.protocolNumber == 1 })
        #expect(echo.original.sourcePort == 0x1234 && echo.original.destinationPort == 0x0800)
        #expect(echo.reply.destinationPort == 0)
    }

    @Test("counters of CPUs, and the table's size", arguments: Recording.all)
    func counters(_ kernel: Recording) throws {
        let readings = try ConntrackStatistics.all(
            in: kernel.bytes("netlink/conntrack-statistics"))
        #expect(readings.map(\.cpu) == Array(readings.indices))
        var total = ConntrackStatisticsTotal()
        total.add(readings)
        // Each invalid segment is looked at on its way out and on its way in.
        #expect(total.totals[.invalid] == 10)
        #expect(total.totals[.drop] == 0)
        let size = try ConntrackSize(
            parsing: kernel.bytes("netlink/conntrack-size"))
        #expect(size.entries == 16)
    }

    @Test("a CPU's counter that runs over goes on")
    func overrun() throws {
        var total = ConntrackStatisticsTotal()
        for value: UInt32 in [4_294_967_290, 4_294_967_295, 4] {
            let counter = NetlinkBytes.attribute(10, NetlinkBytes.bytes(value.bigEndian))
            let reading = NetlinkBytes.message(0x104, [0, 0, 0, 1] + counter)
            total.add(try ConntrackStatistics.all(in: reading))
        }
        #expect(total.totals == [.drop: 4_294_967_300])
    }

    @Test("states are told from TCP's numbers, and from answers where there are none")
    func naming() throws {
        let names = try (0...10).map { ConntrackState(try Self.tcp($0)).rawValue }
        #expect(
            names == [
                "none", "syn_sent", "syn_recv", "established", "fin_wait", "close_wait",
                "last_ack", "time_wait", "close", "syn_sent2", "unknown",
            ])
    }

    private static func tcp(_ state: UInt8) throws -> ConntrackEntry {
        let info = NetlinkBytes.attribute(
            4, NetlinkBytes.attribute(1, NetlinkBytes.attribute(1, [state])))
        let entries = try ConntrackEntry.all(
            in: NetlinkBytes.message(0x100, [2, 0, 0, 0] + info))
        return try #require(entries.first)
    }
}
