import Testing
import WindowsBackend

@Suite struct EventDecodingTests {
    static func record(
        _ id: UInt16, version: UInt8, _ data: [UInt8], lost: UInt32 = 0, milliseconds: UInt64 = 0
    ) -> [UInt8] {
        var record = ByteBuilder()
        record.append(UInt64(116_444_736_000_000_000) + 10_000 * milliseconds)
        record.append(UInt32(4321))
        record.append(id)
        record.append(version)
        record.append(UInt8(0))
        record.append(UInt32(data.count))
        record.append(lost)
        record.append(data)
        return record.bytes
    }

    private func event(_ id: UInt16, version: UInt8, _ data: ByteBuilder) throws -> DNSClientEvent?
    {
        let records = EventRecords(parsing: Self.record(id, version: version, data.bytes))
        #expect(records.unreadable.count == 0)
        return DNSClientEvent(try #require(records.records.first))
    }

    @Test(
        "a question and its answer are read in all three versions", arguments: [0, 1, 2] as [UInt8])
    func readsVersions(_ version: UInt8) throws {
        var sent = ByteBuilder()
        sent.append("cart.shop.svc.cluster.local")
        sent.append(UInt32(28))
        sent.append("10.0.0.10")
        var received = sent
        received.append(UInt32(9003))
        for data in version >= 1 ? [UInt32(812)] : [] {
            sent.append(data)
            received.append(data)
        }
        if version == 2 {
            received.append(UInt64(1))
            received.append(UInt64(2))
        }
        let name = "cart.shop.svc.cluster.local"
        #expect(
            try event(3010, version: version, sent)
                == .sent(name: name, type: 28, server: "10.0.0.10"))
        #expect(
            try event(3011, version: version, received)
                == .received(name: name, type: 28, server: "10.0.0.10", status: 9003))
    }

    @Test("the cache's answer and the end of a question are read")
    func readsOthers() throws {
        var data = ByteBuilder()
        data.append("a.example")
        data.append(UInt32(1))
        data.append(UInt64(0x4000_0000))
        data.append(UInt32(0))
        data.append("::ffff:192.0.2.1;")
        #expect(
            try event(3008, version: 0, data)
                == .completed(name: "a.example", type: 1, status: 0, results: "::ffff:192.0.2.1;"))
        #expect(
            try event(3018, version: 0, data) == .cached(name: "a.example", type: 1, status: 0))
        // Version 1 has the client's process behind it.
        #expect(try event(3018, version: 1, data) == nil)
        data.append(UInt32(812))
        #expect(
            try event(3018, version: 1, data) == .cached(name: "a.example", type: 1, status: 0))
        #expect(try event(3016, version: 0, data) == .other(3016))
    }

    @Test("an event that is cut short is none", arguments: [0, 5, 20, 23])
    func refusesShort(_ length: Int) throws {
        var data = ByteBuilder()
        data.append("a.example")
        data.append(UInt32(1))
        let records = EventRecords(
            parsing: Self.record(3010, version: 0, Array(data.bytes.prefix(length))))
        #expect(DNSClientEvent(try #require(records.records.first)) == nil)
    }

    @Test("lost events add up, and a header without its data ends the batch")
    func countsLost() {
        let whole = Self.record(3010, version: 0, [1, 2], lost: 3)
        let records = EventRecords(parsing: whole + whole + whole.dropLast())
        #expect(records.records.count == 2 && records.lost == 6 && records.unreadable.count == 1)
        #expect(records.records[0].process == 4321 && records.records[0].time == 0)
    }
}
