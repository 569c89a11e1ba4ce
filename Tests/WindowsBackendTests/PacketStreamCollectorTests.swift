import MetricSchema
import Observability
import Synchronization
import Testing
import WindowsBackend

@Suite struct PacketStreamCollectorTests {
    /// A packet monitor with a stream and a list of components, and a clock.
    private final class Monitor: PacketStreamTransport, PktmonTransport {
        struct State {
            var records: [UInt8] = []
            var list = ""
            var asked = 0
            var now = ContinuousClock.now
        }

        let state = Mutex(State())

        func records() throws(WindowsCallError) -> [UInt8] {
            state.withLock { state in
                defer { state.records = [] }
                return state.records
            }
        }

        func ask(_ request: PktmonRequest) throws(WindowsCallError) -> [UInt8] {
            let list = state.withLock { state in
                state.asked += 1
                return state.list
            }
            if list.isEmpty { throw WindowsCallError("pktmon", .exit(87, said: "")) }
            return Array(list.utf8)
        }

        func start() throws(WindowsCallError) {}
        func stop() throws(WindowsCallError) {}

        /// A packet that a component dropped on the way in.
        func drop(_ component: UInt16, reason: UInt32, location: UInt32 = 0xE000_4101) {
            var record = ByteBuilder()
            for value in [40, 0, 0, 60, 0, 0] as [UInt32] { record.append(value) }
            record.append(UInt64(1))
            for value in [1, 0, 3, 1, component, 1, 0] { record.append(UInt16(value)) }
            record.append(reason)
            record.append(location)
            record.append(UInt16(0))
            record.append(UInt64(132_062_690_972_642_312))
            let bytes = record.bytes
            state.withLock { $0.records += bytes }
        }
    }

    private let monitor = Monitor()

    private func collector() -> PacketStreamCollector {
        let monitor = monitor
        return PacketStreamCollector(monitor, monitor) { monitor.state.withLock { $0.now } }
    }

    private func lines(_ collector: PacketStreamCollector, _ part: String) throws -> [String] {
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        return Exposition(samples, as: .text).text().split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("fovea_\(part)") }
    }

    private static let list = #"""
        [{"Group":"Ethernet","Components":[{"Name":"TCPIP","Type":"Protocol","Id":14,"SecondaryId":15}]}]
        """#
    private static let family = "windows_pktmon_dropping_component_packets_total"

    @Test("a drop is its component's by name and reason, by either of its numbers")
    func namesComponents() throws {
        monitor.state.withLock { $0.list = Self.list }
        let collector = collector()
        #expect(try lines(collector, Self.family) == [])
        #expect(monitor.state.withLock { $0.asked } == 0)
        monitor.drop(14, reason: 601)
        monitor.drop(14, reason: 601)
        monitor.drop(15, reason: 999_999)
        #expect(
            try lines(collector, Self.family) == [
                #"fovea_\#(Self.family){group="Ethernet",component="TCPIP",component_id="14",reason="fl_loopback_packet"} 2"#,
                #"fovea_\#(Self.family){group="Ethernet",component="TCPIP",component_id="15",reason="999999"} 1"#,
            ])
    }

    @Test("pktmon is asked once for what has no name, and again after a minute")
    func asksSeldom() throws {
        let collector = collector()
        monitor.drop(7, reason: 601)
        let unnamed = try lines(collector, Self.family)
        #expect(unnamed.count == 1 && unnamed[0].contains(#"component_id="7""#))
        for _ in 0..<5 {
            monitor.drop(7, reason: 601)
            _ = try lines(collector, Self.family)
        }
        #expect(monitor.state.withLock { $0.asked } == 1)
        monitor.state.withLock { state in
            state.list = Self.list.replacing("14", with: "7")
            state.now += .seconds(61)
        }
        let named = try lines(collector, Self.family)
        #expect(named.count == 1 && named[0].contains(#"component="TCPIP""#))
        #expect(named[0].hasSuffix(" 6"))
        #expect(
            try lines(collector, "windows_processes").contains {
                $0.hasSuffix("{program=\"pktmon_list\"} 2")
            })
    }

    /// Has events of packets, and nothing else.
    private struct Events: EventTransport {
        let bytes: [UInt8]
        func records(of provider: EventProvider) throws(WindowsCallError) -> [UInt8] {
            if provider == .pktmon { return bytes }
            throw WindowsCallError("events", .result(.notImplemented))
        }
    }

    @Test(
        "an event that is too short is counted, and one more that was lost; the packet in it is not read"
    )
    func readsEvents() throws {
        func event(_ size: Int, lost: UInt32 = 0) -> [UInt8] {
            var data = ByteBuilder(size: size)
            if size >= 34 {
                data.put(UInt16(4), at: 12)
                data.put(UInt32(601), at: 22)
                data.put(UInt16(1500), at: 30)
            }
            return EventDecodingTests.record(170, version: 0, data.bytes, lost: lost)
        }
        for size in [34, 35, 200] {
            let records = PacketRecords(events: event(size) + event(33, lost: 5))
            #expect(records.records.map(\.packetLength) == [1500])
            #expect(records.unreadable.count == 1 && records.missed == 5)
        }
        let collector = PacketStreamCollector(Events(bytes: event(34)), monitor)
        #expect(
            try lines(collector, "node_drop_packets_total") == [
                #"fovea_node_drop_packets_total{reason="fl_loopback_packet",direction="egress"} 1"#
            ])
    }

    @Test("the node's drops are what no other source counts, and places have all")
    func leavesOthers() throws {
        let collector = collector()
        // Of the switch, of VFP, and of TCP/IP.
        monitor.drop(1, reason: 16, location: 0xE000_2001)
        monitor.drop(1, reason: 701, location: 0xE000_6001)
        monitor.drop(1, reason: 601)
        #expect(
            try lines(collector, "node_drop_packets_total") == [
                #"fovea_node_drop_packets_total{reason="fl_loopback_packet",direction="ingress"} 1"#
            ])
        #expect(try lines(collector, "windows_pktmon_drop_packets_total").count == 3)
    }
}
