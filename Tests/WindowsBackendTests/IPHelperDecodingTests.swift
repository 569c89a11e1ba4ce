import Testing
import WindowsBackend

@Suite struct IPHelperDecodingTests {
    @Test("an interface's row is read at the offsets of MIB_IF_ROW2")
    func readsInterfaces() throws {
        var row = ByteBuilder(size: 1352)
        row.put(UInt64(0x6008_0000_0000_0000), at: 0)
        row.put("vEthernet (nat)", at: 28)
        row.put(String(repeating: "ä", count: 257), at: 542)
        row.put(UInt32(6), at: 1128)
        row.put(UInt8(0b11), at: 1152)
        row.put(UInt32(1), at: 1156)
        row.put(UInt64(10_000_000_000), at: 1192)
        for (offset, value) in [
            (1208, 1), (1216, 20), (1224, 3), (1232, 4), (1240, 5), (1280, 6), (1288, 70),
            (1296, 8),
            (1304, 9), (1312, 10),
        ] {
            row.put(UInt64(value), at: offset)
        }
        let interfaces = try WindowsInterface.all(in: row.bytes + ByteBuilder(size: 1352).bytes)
        #expect(interfaces.count == 2)
        let first = interfaces[0]
        #expect(first.luid == 0x6008_0000_0000_0000)
        #expect(first.alias == "vEthernet (nat)")
        #expect(first.description.count == 257)
        #expect(first.type == 6 && first.isUp && first.flags == [.hardware, .filter])
        #expect(first.bytesPerSecond == 1_250_000_000)
        #expect(first.counters.values == [23, 1, 4, 5, 78, 6, 9, 10])
        #expect(interfaces[1].bytesPerSecond == nil && !interfaces[1].isUp)
        #expect(try WindowsInterface.all(in: []).isEmpty)
    }

    @Test("bytes that are not whole rows are refused", arguments: [1, 1351, 1353])
    func refusesPieces(_ size: Int) {
        let bytes = ByteBuilder(size: size).bytes
        let error = #expect(throws: IPHelperError.self) { try WindowsInterface.all(in: bytes) }
        #expect(error?.size == size)
        #expect(throws: IPHelperError.self) { try TCPStatistics(parsing: bytes) }
        #expect(throws: IPHelperError.self) { try UDPStatistics(parsing: bytes) }
        #expect(throws: IPHelperError.self) { try IPStatistics(parsing: bytes) }
        #expect(throws: IPHelperError.self) { try WindowsTCPState.counts(in: bytes, of: .v4) }
        #expect(throws: IPHelperError.self) { try WindowsTCPState.counts(in: bytes, of: .v6) }
    }

    @Test("TCP statistics are read in the form of 60 bytes and in that of 72")
    func readsTCP() throws {
        var narrow = ByteBuilder()
        for value in 0..<15 { narrow.append(UInt32(value)) }
        let old = try TCPStatistics(parsing: narrow.bytes)
        #expect(old.activeOpens == 4 && old.passiveOpens == 5 && old.attemptFails == 6)
        #expect(old.establishedResets == 7 && old.established == 8)
        #expect(old.segmentsIn == .narrow(9) && old.segmentsOut == .narrow(10))
        #expect(old.retransmitted == 11 && old.errorsIn == 12 && old.resetsOut == 13)
        var wide = ByteBuilder()
        for value in 0..<9 { wide.append(UInt32(value)) }
        wide.append(UInt32(0))
        wide.append(UInt64(1) << 40)
        wide.append(UInt64(1) << 41)
        for value in 11..<15 { wide.append(UInt32(value)) }
        let new = try TCPStatistics(parsing: wide.bytes)
        #expect(new.segmentsIn == .wide(1 << 40) && new.segmentsOut == .wide(1 << 41))
        #expect(new.established == 8 && new.retransmitted == 11 && new.resetsOut == 13)
    }

    @Test("UDP and IP statistics are read in their order")
    func readsOthers() throws {
        var udp = ByteBuilder()
        for value in 1...5 { udp.append(UInt32(value)) }
        let datagrams = try UDPStatistics(parsing: udp.bytes)
        #expect(datagrams.datagramsIn == 1 && datagrams.noPorts == 2)
        #expect(datagrams.errorsIn == 3 && datagrams.datagramsOut == 4)
        var ip = ByteBuilder()
        for value in 0..<23 { ip.append(UInt32(value)) }
        let packets = try IPStatistics(parsing: ip.bytes)
        #expect(packets.received == 2 && packets.headerErrors == 3 && packets.addressErrors == 4)
        #expect(packets.forwarded == 5 && packets.delivered == 8 && packets.requestsOut == 9)
        #expect(packets.discardsOut == 11 && packets.noRoutes == 12)
        #expect(packets.reassemblyFailures == 16 && packets.fragmentFailures == 18)
    }

    @Test("connections are counted by state, also by one we do not know")
    func countsStates() throws {
        var v4 = ByteBuilder(size: 72)
        v4.put(UInt32(5), at: 0)
        v4.put(UInt32(5), at: 24)
        v4.put(UInt32(99), at: 48)
        #expect(
            try WindowsTCPState.counts(in: v4.bytes, of: .v4) == [
                .established: 2, WindowsTCPState(rawValue: 99): 1,
            ])
        var v6 = ByteBuilder(size: 112)
        v6.put(UInt32(2), at: 48)
        v6.put(UInt32(11), at: 104)
        #expect(try WindowsTCPState.counts(in: v6.bytes, of: .v6) == [.listen: 1, .timeWait: 1])
    }
}
