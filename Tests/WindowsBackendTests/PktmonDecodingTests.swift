import Testing
import WindowsBackend

@Suite struct PktmonDecodingTests {
    static let json = #"""
        [{"Group":"Ethernet","Components":[{"Name":"Ethernet","Type":"Miniport","Id":12,"SecondaryId":13,
        "Properties":[{"Name":"ifIndex","Value":5}],"Counters":[
        {"Name":"Upper","Type":"Flow","Inbound":{"Packets":10,"Bytes":600},"Outbound":{"Packets":4,
        "Bytes":240}},
        {"Name":"Lower","Type":"Drop","Inbound":{"Packets":2,"Bytes":120},"Outbound":{"Packets":0,
        "Bytes":0},"DropReason":"INET: endpoint not found"}]},
        {"Name":"tcpip","Type":"Protocol","Id":14,"Counters":[{"Name":"Lower","Type":"drop","Inbound":
        {"Packets":"x"},"DropReason":16},{"Name":"Lower","Type":"Drop","DropReason":"MTUMismatch"}]},
        {"Name":"no id"}]},7]
        """#

    @Test("counters are read by group and component, and a bad one costs itself")
    func readsCounters() throws {
        let counters = try PktmonCounters(parsing: Array(Self.json.utf8))
        #expect(counters.components.map(\.name) == ["Ethernet", "tcpip"])
        #expect(counters.components.map(\.group) == ["Ethernet", "Ethernet"])
        let nic = counters.components[0]
        #expect(nic.id == 12 && nic.type == "Miniport")
        #expect(nic.counters.map(\.isDrop) == [false, true])
        #expect(nic.counters[0].packetsIn == 10 && nic.counters[0].bytesOut == 240)
        #expect(nic.counters[1].dropReason == nil)
        let tcpip = counters.components[1]
        #expect(tcpip.counters.map { $0.dropReason?.label } == ["mac_spoofing", "mtu_mismatch"])
        #expect(tcpip.counters[0].packetsIn == nil)
        // A translated reason, a count, a component without its number, a group that is none.
        #expect(counters.unreadable.count == 4)
    }

    @Test("a list of components is read like their counters, without any")
    func readsComponents() throws {
        let list = try PktmonCounters(
            parsing: Array(
                #"""
                [{"Group":"Ethernet","Components":[{"Name":"Ethernet","Type":"Miniport","Id":12,"SecondaryId":13,
                "Properties":[{"Name":"MAC Address","Value":"00-15-5D-00-00-01"}]},
                {"Name":"TCPIP","Type":"Protocol","Id":14}]},{"Group":"External","Components":[]}]
                """#.utf8))
        #expect(list.unreadable.count == 0)
        #expect(list.components.map(\.id) == [12, 14])
        #expect(list.components.map(\.secondaryID) == [13, nil])
        #expect(list.components.map(\.name) == ["Ethernet", "TCPIP"])
        #expect(list.components.allSatisfy { $0.group == "Ethernet" && $0.counters.isEmpty })
    }

    @Test("text in place of JSON is refused", arguments: ["", "Packet Monitor läuft nicht.", "{}"])
    func refusesText(_ text: String) {
        #expect(throws: JSONError.self) { try PktmonCounters(parsing: Array(text.utf8)) }
    }

    static let labels: [(UInt32, String)] = [
        (0, "unknown"), (1, "invalid_data"), (9, "filtered_vlan"), (11, "unauthorized_mac"),
        (23, "mtu_mismatch"), (28, "invalid_first_nb_too_small"), (707, "ipv4_guard"),
        (717, "ndp_guard"), (12_345, "12345"),
    ]

    @Test("a reason is named, and one we do not know is its number", arguments: labels)
    func namesReasons(_ id: UInt32, _ label: String) {
        #expect(PktmonDropReason(rawValue: id).label == label)
    }

    @Test("a location is named, and one we do not know is its number as Windows writes it")
    func namesLocations() {
        #expect(PktmonDropLocation(rawValue: 0xE000_1001).label == "ndis_fake_filter_send")
        #expect(PktmonDropLocation(rawValue: 0xE000_4FFF).label == "0xE0004FFF")
        #expect(PktmonDropLocation(rawValue: 7).label == "0x00000007")
    }

    /// A record as the stream gives it, with the metadata behind 10 bytes of something else.
    private func record(
        reason: UInt32, size: UInt32? = nil, offset: UInt32 = 10, missed: UInt32 = 0
    ) -> [UInt8] {
        var record = ByteBuilder()
        for value in [size ?? 50, offset, 0, 1500, missed, 1] { record.append(value) }
        record.append(ByteBuilder(size: 10).bytes)
        record.append(UInt64(77))
        for value in [1, 2, 5, 1, 12, 3, 0] { record.append(UInt16(value)) }
        record.append(reason)
        record.append(UInt32(0xE000_1001))
        record.append(UInt16(3))
        record.append(UInt64(116_444_736_000_000_000 + 15))
        return record.bytes
    }

    @Test("the stream's metadata is 40 bytes without padding")
    func readsStream() throws {
        let records = PacketRecords(parsing: record(reason: 16) + record(reason: 0, missed: 6))
        #expect(records.unreadable.count == 0)
        #expect(records.missed == 8)
        let drop = try #require(records.records.first)
        #expect(records.records.count == 2 && records.records[1].dropReason == nil)
        #expect(drop.group == 77 && drop.number == 1 && drop.appearance == 2 && drop.direction == 5)
        #expect(drop.component == 12 && drop.edge == 3 && drop.processor == 3)
        #expect(drop.dropReason?.label == "mac_spoofing" && drop.packetLength == 1500)
        #expect(drop.dropLocation.label == "ndis_fake_filter_send")
        #expect(drop.time == 1500)
    }

    @Test("offsets beyond the data cost the record, a length beyond the end what follows")
    func distrustsOffsets() {
        let good = record(reason: 16)
        let badOffset = PacketRecords(parsing: record(reason: 16, offset: .max) + good)
        #expect(badOffset.records.count == 1 && badOffset.unreadable.count == 1)
        let tight = PacketRecords(parsing: record(reason: 16, offset: 11) + good)
        #expect(tight.records.count == 1 && tight.unreadable.count == 1)
        let badSize = PacketRecords(parsing: good + record(reason: 16, size: .max) + good)
        #expect(badSize.records.count == 1 && badSize.unreadable.count == 1)
    }

    @Test(
        "every published reason and location has its name",
        .enabled(
            if: Recording.published("pktmon").exists,
            "no published names in ../shared/fixtures/windows/pktmon"))
    func knowsAll() throws {
        for row in try Recording.published("pktmon").text("drop-reasons.csv").split(
            separator: "\r\n"
        )
        .flatMap({ $0.split(separator: "\n") }).dropFirst() {
            let parts = row.split(separator: ",", omittingEmptySubsequences: false)
            let id = try #require(UInt32(parts[0]))
            let name = String(parts[1].isEmpty ? parts[2] : parts[1])
            #expect(PktmonDropReason(name: name)?.label == PktmonDropReason(rawValue: id).label)
            #expect(PktmonDropReason(rawValue: id).label != "\(id)", "\(row)")
        }
        var places = 0
        for row in try Recording.published("pktmon").text("drop-locations.csv").split(
            whereSeparator: \.isNewline
        ).dropFirst() {
            let parts = row.split(separator: ",")
            let id = try #require(UInt32(parts[0].dropFirst(2), radix: 16))
            // The last of TCP/IP's stands for no place.
            if id == 0xE000_4FFF { continue }
            let name = parts[1].dropFirst("PMLOC_".count).lowercased()
            #expect(PktmonDropLocation(rawValue: id).label == name, "\(row)")
            places += 1
        }
        #expect(places == 611)
    }
}
