import Testing

@testable import WindowsBackend

@Suite struct ScrubberTests {
    private func scrub(
        _ text: String, hosts: [String] = [], hashing: Bool = false
    ) -> String {
        var scrubber = TextScrubber(hostNames: hosts, hashesNames: hashing)
        return scrubber.scrub(text)
    }

    @Test(
        "an address is found whatever stands around it",
        arguments: [
            "10.0.0.1", "at 10.0.0.1.", "10.0.0.1:443", "a:10.0.0.1", "Address:10.0.0.1",
            #""IPAddress":"10.0.0.1""#, "10.0.0.1/24", "remote_10.0.0.1", "LB_DSR_10.0.0.1_80",
            "node-10.0.0.1", "::ffff:10.0.0.1;type:  5 x;", "[10.0.0.1]", "10.0.0.1,10.0.0.1",
            "dead:10.0.0.1", "10.0.0.1\r\n", "v10.0.0.1".replacing("v", with: "="),
        ])
    func findsIPv4(_ text: String) {
        let scrubbed = scrub(text)
        #expect(!scrubbed.contains("10.0.0.1"))
        #expect(scrubbed == text.replacing("10.0.0.1", with: "192.0.2.1"))
    }

    @Test(
        "an IPv6 address is found whatever stands around it",
        arguments: [
            "fd00:10:244::1f", "at fd00:10:244::1f.", "x:fd00:10:244::1f", "[fd00:10:244::1f]:53",
            #""fd00:10:244::1f""#, "fd00:10:244::1f%12", "fd00:10:244::1f/64",
        ])
    func findsIPv6(_ text: String) {
        #expect(scrub(text) == text.replacing("fd00:10:244::1f", with: "2001:db8::1"))
    }

    @Test(
        "what is no address, or everybody's, stays",
        arguments: [
            "10.0.17763.1490", "3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01", "12:34:56.123", "PortId : 3",
            "127.0.0.1", "0.0.0.0/0", "255.255.255.255", "224.0.0.251", "::", "::1", "ff02::fb",
            "Bytes Sent : 123456789012", "Direction - OUT", "Port type:            : Synthetic",
            "00-00-00-00-00-00", "FF-FF-FF-FF-FF-FF", "0xE000460A", "beef", "a.b.c.d", "",
            #"{"MacCount":1,"BytesSent":123456789012}"#,
        ])
    func leavesOthers(_ text: String) {
        #expect(scrub(text) == text)
    }

    @Test("a MAC address keeps its form, and is the same in every form")
    func findsMACs() {
        #expect(
            scrub(
                "MAC address : 00-15-5D-0A-0B-0C\n00:15:5d:0a:0b:0c\n\"MacAddress\":\"00155D0A0B0C\""
            )
                == "MAC address : 00-00-5E-00-53-00\n00:00:5e:00:53:00\n\"MacAddress\":\"00005E005300\""
        )
    }

    @Test("the same address becomes the same, another another, past the end of the ranges too")
    func isConsistent() {
        var book = AddressBook(hashesNames: false)
        var seen: Set<String> = []
        for number in 0..<3_000 {
            let address = "\(book.standIn(for: .init(v4: 0x0A00_0000 + UInt32(number))))"
            #expect(seen.insert(address).inserted)
            #expect(
                address.hasPrefix("192.0.2.") || address.hasPrefix("198.")
                    || address.hasPrefix("203.0.113."))
        }
        #expect("\(book.standIn(for: .init(v4: 0x0A00_0000)))" == "192.0.2.1")
    }

    @Test("the machine's own names go, in any case")
    func replacesHosts() {
        #expect(scrub("VM name : AKSWIN01", hosts: ["akswin01"]) == "VM name : node")
    }

    @Test("names stay, unless they are to be hashed")
    func hashesNames() throws {
        let text =
            #"{"Name":"shop-5d9f-eth0","Type":"L2Bridge"}"# + "\n  Port Friendly name : web\r\n"
        #expect(scrub(text) == text)
        let hashed = scrub(text, hashing: true)
        #expect(!hashed.contains("shop") && !hashed.contains("web"))
        #expect(hashed.contains("-eth0\",\"Type\":\"L2Bridge\"}\n  Port Friendly name : name-"))
        #expect(hashed.hasSuffix("\r\n"))
        let guid = #"{"Name":"3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01"}"#
        #expect(scrub(guid, hashing: true) == guid)
    }

    static let named = [
        #"{"Domain" : "corp.example","Search":["corp.example", "dev.example"],"ServerList":[]}"#,
        "{\"Search\":[\n  \"corp.example\",\n  \"dev.example\"\n]}",
        #"{"Rules":[{"Id":"corp.example","InformationArray":[]}]}"#,
        "  RULE : corp.example\r\n    Friendly name : corp.example\r\n",
        #"{"Ports":[{"Id":"corp.example","Name":"3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01"}]}"#,
        #"{"Policies":[{"Type":"ACL","Id":"corp.example"}],"Name":"corp.example"}"#,
    ]

    @Test(
        "names are hashed in lists, rules and ports as well, and the text stays what it was",
        arguments: named)
    func hashesEverywhere(_ text: String) {
        #expect(scrub(text) == text)
        let hashed = scrub(text, hashing: true)
        #expect(!hashed.contains("corp") && !hashed.contains("dev.example"))
        let restored = hashed.replacing(/name-[0-9a-f]{16}/, with: "corp.example")
        #expect(restored == text.replacing("dev.example", with: "corp.example"))
    }

    @Test(
        "what says nothing is kept, so that what belongs together still does",
        arguments: [
            #"{"Id":"015eed0000000000000000000000000000000000000000000000000000001eef"}"#,
            #"{"Id":"291cd4892b99"}"#, #"{"ID":"3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01"}"#,
            #"{"SharedContainers":["291cd4892b99"],"Type":"L2Bridge","Search":[],"Name":""}"#,
            #"{"Id":12,"Name":null,"Search":"#, #"{"Search":["#, #"{"Search":["a"#, #""Name":"#,
        ])
    func keepsIDs(_ text: String) {
        #expect(scrub(text, hashing: true) == text)
    }

    @Test("rows of Windows are scrubbed in place, and nothing beside the addresses changes")
    func scrubsRows() throws {
        var scrubber = NodeScrubber(hostNames: [], hashesNames: false)
        var v4 = [UInt8](repeating: 9, count: 48)
        v4.replaceSubrange(4..<8, with: [10, 0, 0, 1])
        v4.replaceSubrange(12..<16, with: [10, 0, 0, 2])
        v4.replaceSubrange(28..<32, with: [10, 0, 0, 2])
        v4.replaceSubrange(36..<40, with: [0, 0, 0, 0])
        var expected = v4
        expected.replaceSubrange(4..<8, with: [192, 0, 2, 1])
        expected.replaceSubrange(12..<16, with: [192, 0, 2, 2])
        expected.replaceSubrange(28..<32, with: [192, 0, 2, 2])
        #expect(scrubber.scrub(v4, of: "iphelper/tcp-connections-v4.hex") == expected)
        // Whole rows or not, nothing is read beyond the end.
        for length in 0..<48 {
            let cut = scrubber.scrub(
                Array(v4.prefix(length)), of: "iphelper/tcp-connections-v4.hex")
            #expect(cut.count == length)
        }
    }

    @Test("interfaces lose their MAC addresses, and their names where asked")
    func scrubsInterfaces() throws {
        var row = [UInt8](repeating: 0, count: 1352)
        row.replaceSubrange(1060..<1066, with: [0, 0x15, 0x5D, 1, 2, 3])
        for (place, unit) in "Ethernet 2".utf16.enumerated() { row[28 + 2 * place] = UInt8(unit) }
        var open = NodeScrubber(hostNames: [], hashesNames: false)
        let kept = LittleEndianFields(open.scrub(row, of: "iphelper/interfaces.hex")[...])
        #expect(Array(kept.bytes[1060..<1066]) == [0, 0, 0x5E, 0, 0x53, 0])
        #expect(kept.text(at: 28, limit: 257) == "Ethernet 2")
        var closed = NodeScrubber(hostNames: [], hashesNames: true)
        let hidden = LittleEndianFields(closed.scrub(row, of: "iphelper/interfaces.hex")[...])
        #expect(hidden.text(at: 28, limit: 257)?.hasPrefix("name-") == true)
        #expect(hidden.bytes.count == 1352)
    }

    @Test("events keep their form when strings in them change")
    func scrubsEvents() throws {
        func units(_ text: String) -> [UInt8] {
            text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] } + [0, 0]
        }
        let data = units("shop.example.com") + [1, 0, 0, 0] + units("10.20.30.40;fd00::9;")
        let head = [UInt8](repeating: 7, count: 16) + [UInt8(data.count), 0, 0, 0, 0, 0, 0, 0]
        var scrubber = NodeScrubber(hostNames: [], hashesNames: false)
        let scrubbed = scrubber.scrub(head + data + head + data, of: "events/dns-client.hex")
        let new = units("shop.example.com") + [1, 0, 0, 0] + units("192.0.2.1;2001:db8::1;")
        #expect(scrubbed.count == 2 * (24 + new.count))
        #expect(Array(scrubbed[24..<24 + new.count]) == new)
        #expect(scrubbed[16] == UInt8(new.count))
        var hashing = NodeScrubber(hostNames: [], hashesNames: true)
        let hidden = hashing.scrub(head + data, of: "events/dns-client.hex")
        #expect(!String(decoding: hidden.filter { $0 != 0 }, as: UTF8.self).contains("shop"))
    }

    @Test("of packets in events nothing is left but where and why they were seen")
    func dropsPackets() throws {
        let bytes = try #require(
            HexText.bytes(
                try Recording("server2019-flannel-overlay").bytes("events/pktmon.hex")))
        var scrubber = NodeScrubber(hostNames: [], hashesNames: false)
        let scrubbed = scrubber.scrub(bytes, of: "events/pktmon.hex")
        #expect(PacketRecords(events: scrubbed) == PacketRecords(events: bytes))
        #expect(PacketRecords(events: scrubbed).records.count == 5)
        let events = EventRecords(parsing: scrubbed).records
        #expect(events.map(\.data.count) == [34, 34, 34, 34, 34, 0])
        #expect(scrubbed.count < bytes.count)
    }

    @Test("a scrubbed fixture reads as before: it has as many endpoints, with the same counters")
    func keepsMeaning() throws {
        let recording = Recording("azure-cni-three-pods")
        var scrubber = NodeScrubber(hostNames: [], hashesNames: true)
        let before = try recording.bytes("hns/endpoints.json")
        let after = scrubber.scrub(before, of: "hns/endpoints.json")
        let lists = try [before, after].map {
            try HNSEndpointList(parsing: HNSFields(parsing: $0, from: "GET /endpoints/"))
        }
        #expect(lists[0].endpoints.map(\.key) == lists[1].endpoints.map(\.key))
        #expect(lists[1].unreadable.isEmpty)
        for file in try recording.files(in: "hns/endpointstats") {
            let bytes = try recording.bytes(file)
            #expect(scrubber.scrub(bytes, of: file) == bytes)
        }
    }
}

@Suite struct NodeRecorderTests {
    @Test("what was replayed is recorded again, file by file")
    func recordsWhatItReplays() throws {
        let recording = Recording("azure-cni-three-pods")
        var recorded: [String: RecordedNode.Answer] = [:]
        try NodeRecorder(.replaying(recording.node), wait: {}) { recorded[$0.file] = $0.answer }
            .record()
        let answered = recorded.filter { $0.value != .failure(.result(.notImplemented)) }
        let files = try recording.files(in: "hns").filter { $0.hasSuffix(".json") }
        for file in files { #expect(answered[file] == .bytes(try recording.bytes(file))) }
        // Asked of every other transport, and said that it was not there.
        for file in [
            "vfp/ports.txt", "iphelper/interfaces.hex", "perf/tcpv4.tsv", "hcn/networks.json",
        ] {
            #expect(recorded[file] != nil)
        }
    }
}
