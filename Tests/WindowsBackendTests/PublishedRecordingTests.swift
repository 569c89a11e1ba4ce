import Testing
import WindowsBackend

@Suite(
    .enabled(
        if: Recording.published.exists,
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
        let fields = try HNSFields(parsing: Recording.published.bytes(file), from: "GET /networks/")
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
        let bytes = try Recording.published.bytes("endpoint-remote-overlay-flannel-hns5.json")
        let endpoint = try HNSEndpoint(
            parsing: HNSFields(JSONValue(parsing: bytes), from: "GET /endpoints/"))
        #expect(endpoint.id == "8f109901-9970-4fda-bb2b-e9882fb3e8fb")
        #expect(endpoint.name == "remote_10.244.2.141")
        #expect(endpoint.state == .created)
        #expect(endpoint.isRemote && !endpoint.carriesTraffic)
    }

    @Test("a recording that breaks off is refused where it ends")
    func refusesPartial() throws {
        let bytes = try Recording.published.bytes(
            "endpoint-remote-l2-aks-azurecni-ws2019.partial.json.txt")
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
        #expect(error?.offset == bytes.count)
    }
}
