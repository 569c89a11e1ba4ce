import Testing
import WindowsBackend

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

    @Test("what vfpctrl says of queues, or of itself, is no list of ports")
    func refusesOthers() throws {
        for file in ["list_queue.txt", "help-10.0.17763.10000.txt"] {
            let bytes = try Recording.published("vfpctrl").bytes(file)
            #expect(throws: VFPError.self) { try VFPPortList(parsing: bytes) }
            #expect(throws: VFPError.self) { try VFPPortCounters(parsing: bytes) }
        }
    }
}
