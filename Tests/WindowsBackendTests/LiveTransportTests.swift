import Testing

@testable import WindowsBackend

#if !os(Windows)
    /// The whole way through C and the stubs of the SDK's functions.
    @Suite struct LiveTransportTests {
        private let live = WindowsTransports.live
        private let port = GUID("3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01")

        private func expectNothing(
            _ call: String, _ body: () throws -> [UInt8],
            _ location: SourceLocation = #_sourceLocation
        ) {
            let expected = WindowsCallError(call, .result(.notImplemented))
            #expect(throws: expected, sourceLocation: location) { try body() }
        }

        @Test("off Windows HCN fails with E_NOTIMPL", arguments: HCNKind.allCases)
        func hcn(_ kind: HCNKind) throws {
            let id = try #require(port)
            expectNothing(kind.listCall) { try live.hcn.list(kind) }
            expectNothing(kind.propertiesCall(id)) { try live.hcn.properties(of: kind, id) }
        }

        @Test("off Windows IP Helper fails with E_NOTIMPL", arguments: IPHelperTable.allCases)
        func ipHelper(_ table: IPHelperTable) {
            for compartment in [nil, 3] as [UInt32?] {
                expectNothing(table.call(in: compartment)) {
                    try live.ipHelper.read(table, compartment: compartment)
                }
            }
        }

        @Test("off Windows no program is started")
        func programs() throws {
            let port = try #require(port)
            expectNothing("vfpctrl /list-vmswitch-port") { try live.vfp.ask(.ports) }
            expectNothing("vfpctrl /port \(port) /get-port-counter") {
                try live.vfp.ask(.counters(of: port))
            }
            expectNothing("pktmon status") { try live.pktmon.ask(.status) }
            #expect(throws: WindowsCallError.self) { try live.pktmon.start() }
            #expect(throws: WindowsCallError.self) { try live.pktmon.stop() }
        }

        @Test("off Windows performance counters, packets and events fail with E_NOTIMPL")
        func others() {
            for set in PerfSet.allCases { expectNothing(set.call) { try live.perf.read(set) } }
            expectNothing("PacketMonitorCreateRealtimeStream") { try live.packets.records() }
            expectNothing("events of dns-client") { try live.events.records(of: .dnsClient) }
        }
    }
#endif

@Suite struct PerfRowsTests {
    private func row(
        _ place: UInt32, _ status: UInt32, _ value: UInt64, _ name: String
    ) -> [UInt8] {
        func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: number.littleEndian) { Array($0) }
        }
        let units = Array(name.utf16)
        return bytes(place) + bytes(status) + bytes(value) + bytes(UInt32(units.count))
            + units.flatMap(bytes)
    }

    @Test("a row is an instance, a counter and its value, or the code in its place")
    func writesLines() throws {
        let rows =
            row(0, 0, 7, "Ethernet\t2 – é") + row(1, 0xC000_0BB9, 0, "") + row(0, 0, .max, "")
        let text = try #require(PerfRows.text(rows, counters: ["A/sec", "B"]))
        #expect(
            String(decoding: text, as: UTF8.self)
                == "Ethernet 2 – é\tA/sec\t7\n\tB\t0xC0000BB9\n\tA/sec\t18446744073709551615\n")
        #expect(!PerfRows.areAllFailures(rows))
        #expect(PerfRows.areAllFailures(row(1, 0xC000_0BB9, 0, "x") + row(0, 1, 0, "")))
    }

    @Test("rows that break off, or are of no counter, are refused")
    func refuses() {
        let whole = row(0, 0, 7, "one")
        for length in 1..<whole.count {
            #expect(PerfRows.text(Array(whole.prefix(length)), counters: ["A"]) == nil)
        }
        #expect(PerfRows.text(row(1, 0, 7, ""), counters: ["A"]) == nil)
    }
}
