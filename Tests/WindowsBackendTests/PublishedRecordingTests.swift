import Testing

@testable import WindowsBackend

@Suite(
    .enabled(
        if: Recording.published("hns-v1").exists,
        "no published HNS recordings in ../shared/fixtures/windows/hns-v1"
    ))
struct PublishedRecordingTests {
    @Test(
        "the envelopes that real systems sent are opened",
        arguments: [
            "hnscall-get-networks-overlay-plus-nat-ws2019-zh.json",
            "hnscall-post-networks-nat-ws2022-1.json",
        ])
    func opensEnvelopes(_ file: String) throws {
        let fields = try HNSFields(
            parsing: Recording.published("hns-v1").bytes(file), from: "GET /networks/")
        let networks: [JSONValue]
        if case .array(let several) = fields.value {
            networks = several
        } else {
            networks = [try #require(fields.value)]
        }
        for network in networks {
            #expect(network["type"] == .string("overlay") || network["type"] == .string("nat"))
            // Beyond 2^53, and so a test of exactness.
            guard case .count(let time) = network["Health"]?["LastUpdateTime"] else {
                Issue.record("no time in \(file)")
                return
            }
            #expect((132_000_000_000_000_000...134_000_000_000_000_000).contains(time))
        }
    }

    @Test("the endpoint that flannel made for another node carries no traffic here")
    func knowsRemote() throws {
        let bytes = try Recording.published("hns-v1").bytes(
            "endpoint-remote-overlay-flannel-hns5.json")
        var unreadable = UnreadableValues()
        let endpoint = try HNSEndpoint(
            parsing: HNSFields(JSONValue(parsing: bytes), from: "GET /endpoints/"),
            noting: &unreadable)
        #expect(unreadable.count == 0)
        #expect(endpoint.macAddress == MACAddress("0e:2a:0a:f4:02:8d"))
        #expect(endpoint.addresses.map { "\($0)" } == ["10.244.2.141"])
        #expect(endpoint.network == GUID("9D59C0DF-B1E2-4EEE-9FDE-B7EA829FC6A1"))
        #expect(endpoint.policies == [.other("PA")])
        #expect(endpoint.id == "8f109901-9970-4fda-bb2b-e9882fb3e8fb")
        #expect(endpoint.name == "remote_10.244.2.141")
        #expect(endpoint.state == .created)
        #expect(endpoint.isRemote && !endpoint.carriesTraffic)
    }

    @Test("networks of Server 2019 and 2022 are read whole")
    func readsNetworks() throws {
        let fields = try HNSFields(
            parsing: Recording.published("hns-v1").bytes(
                "hnscall-get-networks-overlay-plus-nat-ws2019-zh.json"), from: "GET /networks/")
        let networks = try HNSDocuments(parsing: fields) { HNSNetwork($0, noting: &$1) }
        #expect(networks.unreadable.count == 0)
        #expect(networks.all.map(\.name) == ["External", "nat"])
        #expect(networks.all.map(\.kind.rawValue) == ["overlay", "nat"])
        #expect(networks.all.map(\.subnets) == [["192.168.255.0/30"], ["172.25.192.0/20"]])
        #expect(networks.all.map(\.version) == [HNSVersion(9, 2), HNSVersion(9, 2)])
        let created = try HNSFields(
            parsing: Recording.published("hns-v1").bytes("hnscall-post-networks-nat-ws2022-1.json"),
            from: "POST /networks")
        var unreadable = UnreadableValues()
        let network = HNSNetwork(try #require(created.value), noting: &unreadable)
        #expect(network?.version == HNSVersion(13, 3))
        #expect(unreadable.count == 0)
    }

    @Test("an endpoint of Server 2019 that breaks off in print is read as far as it goes")
    func readsPartialEndpoints() throws {
        let recording = Recording.published("hns-v1")
        // What was cut off is closed.
        let azure = try recording.text("endpoint-remote-l2-aks-azurecni-ws2019.partial.json.txt")
        var unreadable = UnreadableValues()
        let list = HNSEndpointList(
            try #require(Self.array(azure + ":{}}}]")), from: "GET /endpoints/")
        let remote = try #require(list.endpoints.first)
        #expect(list.unreadable.isEmpty && list.unreadableValues.count == 0)
        #expect(remote.isRemote && !remote.carriesTraffic && remote.name == "Ethernet")
        #expect(remote.macAddress == MACAddress("02110AF0000B"))
        #expect(remote.addresses.map { "\($0)" } == ["10.240.0.11"])
        // The namespace of zeros is none.
        #expect(remote.namespace == nil && remote.policies == [.other("L2Driver")])

        let response = try recording.text(
            "endpoint-create-transparent-ovn-ws2019.partial.json.txt")
        let object = try #require(response.split(separator: "RESPONSE (cut)").last) + "}}"
        let made = try HNSEndpoint(
            parsing: HNSFields(JSONValue(parsing: Array(object.utf8)), from: "POST /endpoints/"),
            noting: &unreadable)
        #expect(made.name == "default_mak6" && made.macAddress == MACAddress("0A-00-00-00-00-3B"))
        #expect(made.addresses.map { "\($0)" } == ["10.0.1.5"] && !made.isRemote)
        #expect(unreadable.count == 0)
    }

    private static func array(_ text: String) -> [JSONValue]? {
        guard case .array(let values) = try? JSONValue(parsing: Array(text.utf8)) else {
            return nil
        }
        return values
    }

    @Test("a recording that breaks off is refused where it ends")
    func refusesPartial() throws {
        let bytes = try Recording.published("hns-v1").bytes(
            "endpoint-remote-l2-aks-azurecni-ws2019.partial.json.txt")
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
        #expect(error?.offset == bytes.count)
    }
}

@Suite(
    .enabled(
        if: Recording.published("hnsdiag").exists,
        "no published hnsdiag output in ../shared/fixtures/windows/hnsdiag"
    ))
struct PublishedNamespaceTests {
    @Test("the namespace of a real pod with three containers has each of them once")
    func readsNamespace() throws {
        let text = try Recording.published("hnsdiag").text(
            "namespace-shared-by-three-containers-ws2022.partial.json.txt")
        var unreadable = UnreadableValues()
        let namespace = try #require(
            HNSNamespace(JSONValue(parsing: Array((text + "}}").utf8)), noting: &unreadable))
        #expect(namespace.id == GUID("7CB720C0-AC4C-4266-92E1-DC277B2A9B94"))
        #expect(namespace.compartment == 6 && !namespace.isGuest)
        #expect(namespace.containers == ["291cd4892b99", "0f70f0bcccaf"])
        #expect(namespace.endpoints == [GUID("7CC03AF7-2978-449F-9968-595862B80F8B")])
        #expect(unreadable.count == 0)
    }
}

@Suite(
    .enabled(
        if: Recording.published("etw").exists,
        "no published manifests in ../shared/fixtures/windows/etw"
    ))
struct PublishedManifestTests {
    /// Fields of an event as its manifest lists them, `UInt32 QueryType`.
    private struct Event {
        let id: UInt16
        let version: UInt8
        let fields: [(type: Substring, name: Substring)]

        init?(_ row: Substring) {
            let columns = row.split(separator: "\t", omittingEmptySubsequences: false)
            guard columns.count > 3, let id = UInt16(columns[1]), let version = UInt8(columns[2]),
                let list = columns[3].split(separator: "(", maxSplits: 1).dropFirst().first
            else { return nil }
            self.id = id
            self.version = version
            fields = list.dropLast().split(separator: ",").compactMap { field in
                let words = field.split(separator: " ")
                return words.count == 2 ? (words[0], words[1]) : nil
            }
        }

        /// The event's data, with a value of its own in each field.
        var data: [UInt8] {
            var data = ByteBuilder()
            for (place, field) in fields.enumerated() {
                switch field.type {
                case "UnicodeString": data.append("text \(place)")
                case "UInt16": data.append(UInt16(place))
                case "UInt32": data.append(UInt32(place))
                default: data.append(UInt64(place))
                }
            }
            return data.bytes
        }

        func place(_ name: Substring) -> UInt32? {
            fields.firstIndex { $0.name == name }.map(UInt32.init)
        }

        func text(_ name: Substring) -> String? { place(name).map { "text \($0)" } }
    }

    @Test("the packet monitor's two events with a packet are read as the manifest lays them out")
    func readsPackets() throws {
        let rows = try Recording.published("etw").text("Microsoft-Windows-PktMon-manifest.tsv")
        let events = rows.split(whereSeparator: \.isNewline).compactMap(Event.init)
        for id in [160, 170] as [UInt16] {
            let event = try #require(events.first { $0.id == id })
            let record = EventDecodingTests.record(id, version: 0, event.data, milliseconds: 7)
            let packets = PacketRecords(events: record)
            let packet = try #require(packets.records.first)
            func place(_ name: Substring) throws -> UInt64 {
                UInt64(try #require(event.place(name)))
            }
            #expect(packets.records.count == 1 && packets.unreadable.count == 0)
            #expect(try packet.group == place("PktGroupId"))
            #expect(try UInt64(packet.number) == place("PktNumber"))
            #expect(try UInt64(packet.appearance) == place("AppearanceCount"))
            #expect(try UInt64(packet.direction) == place("DirTag"))
            #expect(try UInt64(packet.type) == place("PacketType"))
            #expect(try UInt64(packet.component) == place("ComponentId"))
            #expect(try UInt64(packet.edge) == place("EdgeId"))
            #expect(try packet.dropReason.map { UInt64($0.rawValue) } == place("DropReason"))
            #expect(try UInt64(packet.dropLocation.rawValue) == place("DropLocation"))
            #expect(try UInt64(packet.packetLength) == place("OriginalPayloadSize"))
            #expect(packet.time == 7_000_000)
        }
        // No other event is a packet.
        for event in events where ![160, 170].contains(event.id) {
            let record = EventDecodingTests.record(event.id, version: 0, event.data)
            #expect(PacketRecords(events: record).records.isEmpty)
        }
    }

    @Test(
        "every version of the resolver's events that are counted is read as its manifest lays it out"
    )
    func readsResolver() throws {
        let rows = try Recording.published("etw").text("Microsoft-Windows-DNS-Client-manifest.tsv")
        var read: [UInt16: Int] = [:]
        for event in rows.split(whereSeparator: \.isNewline).compactMap(Event.init) {
            let record = EventDecodingTests.record(event.id, version: event.version, event.data)
            let decoded = DNSClientEvent(
                try #require(EventRecords(parsing: record).records.first))
            let name = event.text("QueryName") ?? ""
            let type = event.place("QueryType") ?? 0
            switch event.id {
            case 3008:
                #expect(
                    decoded
                        == .completed(
                            name: name, type: type,
                            status: try #require(event.place("QueryStatus")),
                            results: try #require(event.text("QueryResults"))))
            case 3010:
                #expect(
                    decoded
                        == .sent(
                            name: name, type: type,
                            server: try #require(event.text("DnsServerIpAddress"))))
            case 3011:
                #expect(
                    decoded
                        == .received(
                            name: name, type: type,
                            server: try #require(event.text("DnsServerIpAddress")),
                            status: try #require(event.place("ResponseStatus"))))
            case 3018:
                #expect(
                    decoded
                        == .cached(
                            name: name, type: type, status: try #require(event.place("Status"))))
            default:
                #expect(decoded == .other(event.id))
                continue
            }
            read[event.id, default: 0] += 1
        }
        #expect(read.keys.sorted() == [3008, 3010, 3011, 3018])
        #expect(read.values.reduce(0, +) == 9)
    }
}

@Suite(
    .enabled(
        if: Recording.published("vfpctrl").exists,
        "no published vfpctrl output in ../shared/fixtures/windows/vfpctrl"
    ))
struct PublishedVFPTests {
    @Test("the ports that vfpctrl listed on real systems are read")
    func readsPorts() throws {
        let ports = Recording.published("vfpctrl")
        let whole = try VFPPortList(parsing: ports.bytes("list-vmswitch-port-hyperv-vm-1.txt"))
        #expect(whole.ports.map(\.name) == [GUID("924950C2-4D3F-47E2-A7BA-C0E322C51C66")])
        #expect(whole.ports[0].friendlyName == "Dynamic Ethernet Switch Port")
        #expect(whole.ports[0].macAddress == MACAddress("AA-BB-CC-DD-EE-FF"))
        // PowerShell marked the line that was searched for.
        let part = try VFPPortList(
            parsing: ports.bytes("list-vmswitch-port-container-nic-selectstring.txt"))
        #expect(part.ports.map(\.name) == [GUID("4FD72AB0-2C35-4AE7-AC9A-F893495BD5EF")])
        #expect(part.unreadable.count == 0)
    }

    @Test(
        "every question that vfpctrl is asked is one that its own help knows",
        arguments: ["help-10.0.17763.10000.txt", "help-10.0.18362.10000.txt"])
    func asksWhatIsKnown(_ file: String) throws {
        let help = try Recording.published("vfpctrl").text(file)
        let port = try #require(GUID("924950C2-4D3F-47E2-A7BA-C0E322C51C66"))
        let requests: [VFPRequest] = [
            .ports, .counters(of: port), .rules(of: port), .ruleCounters(of: port),
            .flowStatistics(of: port),
        ]
        for option in requests.flatMap(\.arguments) where option.hasPrefix("/") {
            #expect(help.contains("    \(option) "), "\(option)")
        }
    }

    @Test("what vfpctrl says of queues, or of itself, is no list of ports")
    func refusesOthers() throws {
        for file in ["list_queue.txt", "help-10.0.17763.10000.txt"] {
            let bytes = try Recording.published("vfpctrl").bytes(file)
            #expect(throws: VFPError.self) { try VFPPortList(parsing: bytes) }
            #expect(throws: VFPError.self) { try VFPPortCounters(parsing: bytes) }
        }
    }
}

@Suite(
    .enabled(
        if: Recording.published("pktmon").exists,
        "no published pktmon output in ../shared/fixtures/windows/pktmon"
    ))
struct PublishedPktmonTests {
    @Test("pktmon is asked what its help knows from the build on that has counters to print")
    func asksWhatIsKnown() throws {
        let help = try Recording.published("pktmon").text("help-10.0.22000.1.txt")
        for request in PktmonRequest.allCases {
            let command = try #require(request.arguments.first)
            #expect(help.contains("    \(command) "), "\(command)")
        }
        for command in ["start", "stop"] { #expect(help.contains("    \(command) ")) }
    }

    @Test("what pktmon prints for people is no list of counters")
    func refusesText() throws {
        for file in [
            "comp-list-synthetic-layout.txt", "comp-list-selectstring-win10-1903.txt",
            "etl2txt-ws2025-tcp-handshake.txt", "help-10.0.17763.1.txt",
        ] {
            let bytes = try Recording.published("pktmon").bytes(file)
            #expect(throws: JSONError.self) { try PktmonCounters(parsing: bytes) }
        }
    }
}
