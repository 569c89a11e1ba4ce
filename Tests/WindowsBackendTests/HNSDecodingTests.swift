import MetricSchema
import Testing
import WindowsBackend

@Suite struct HNSDecodingTests {
    static let id = "3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01"

    private func fields(_ text: String) throws -> HNSFields {
        try HNSFields(parsing: Array(text.utf8), from: "GET /x")
    }

    // MARK: Envelope

    @Test("the output of a request that went well is found in any case of its keys")
    func opensEnvelope() throws {
        #expect(try fields(#"{"Output":[1],"Success":true}"#).value == .array([.count(1)]))
        #expect(try fields(#"{"success":true,"output":{}}"#).value == .object([]))
        #expect(try fields(#"{"Success":true}"#).value == nil)
    }

    static let refusals: [(String, HNSError.Cause)] = [
        (
            #"{"Success":false,"Error":"The endpoint was not found. ","ErrorCode":2151350274}"#,
            .refused("The endpoint was not found. ", .endpointNotFound)
        ),
        (
            #"{"Success":false,"Error":"x","ErrorCode":-2147023728}"#,
            .refused("x", .elementNotFound)
        ),
        (#"{"Success":false,"Error":"x","ErrorCode":"none"}"#, .refused("x", nil)),
        (#"{"Success":false}"#, .refused("no reason given", nil)),
        (#"{"Error":"left out what is false"}"#, .refused("left out what is false", nil)),
        (#"{}"#, .malformed("the envelope has neither Success nor Error")),
        (#"[]"#, .malformed("the envelope is no object")),
        (#"{"Success":1}"#, .malformed("Success is neither true nor false")),
        (#"{"Success":false,"Error":5}"#, .malformed("Error is no string")),
        ("", .malformed("the text ends where a value belongs at byte 0")),
    ]

    @Test("what HNS refuses is told from what cannot be read", arguments: refusals)
    func tellsRefusals(_ text: String, _ cause: HNSError.Cause) throws {
        #expect(throws: HNSError("GET /x", cause)) { try fields(text) }
    }

    @Test("an error names the call, the object and the code")
    func describesErrors() {
        let call = HNSError("GET /endpoints/", .result(.endpointNotFound))
        #expect("\(call)" == "HNSCall(GET /endpoints/): 0x803B0002 (no such endpoint)")
        let refused = HNSError("GET /x", .refused("no", HRESULT(rawValue: 0x8)))
        #expect("\(refused)" == "HNSCall(GET /x): refused: no (0x00000008)")
    }

    // MARK: Endpoints

    @Test("an endpoint of this node is one that is attached", arguments: 0...8)
    func countsAttached(_ state: Int) throws {
        let text = #"{"Success":true,"Output":[{"ID":"\#(Self.id)","State":\#(state)}]}"#
        let list = try HNSEndpointList(parsing: fields(text))
        #expect(list.endpoints.map(\.carriesTraffic) == [![0, 1, 4, 6].contains(state)])
    }

    @Test("a remote endpoint carries no traffic, whatever its state")
    func skipsRemote() throws {
        let text =
            #"{"Success":true,"Output":[{"ID":"\#(Self.id)","State":3,"IsRemoteEndpoint":true}]}"#
        #expect(
            try HNSEndpointList(parsing: fields(text)).endpoints.map(\.carriesTraffic) == [false])
    }

    @Test("an endpoint without a name goes by its ID")
    func namesEndpoints() throws {
        let text = #"""
            {"Success":true,"Output":[{"ID":"\#(Self.id)"},{"ID":"\#(Self.id)","Name":""},
            {"ID":"\#(Self.id)","Name":"7d1e40b2-eth0"}]}
            """#
        let identities = try HNSEndpointList(parsing: fields(text)).endpoints.map(\.identity)
        #expect(identities.map(\.pod) == [Self.id, Self.id, "7d1e40b2-eth0"])
        #expect(identities.allSatisfy { $0.namespace.isEmpty })
    }

    static let badEndpoints = [
        ("5", "an endpoint is no object"), ("null", "an endpoint is no object"),
        ("{}", "an endpoint's ID is no GUID"), (#"{"ID":"x"}"#, "an endpoint's ID is no GUID"),
        (#"{"ID":"../../networks/0000000000000000000000"}"#, "an endpoint's ID is no GUID"),
        (#"{"ID":7}"#, "ID is no string"),
        (#"{"ID":"\#(id)","State":"3"}"#, "State is no 64-bit count"),
        (
            #"{"ID":"\#(id)","IsRemoteEndpoint":"yes"}"#,
            "IsRemoteEndpoint is neither true nor false"
        ),
    ]

    @Test("an endpoint that cannot be read costs only itself", arguments: badEndpoints)
    func keepsTheRest(_ bad: String, _ problem: String) throws {
        let text = #"{"Success":true,"Output":[{"ID":"\#(Self.id)","State":3},\#(bad)]}"#
        let list = try HNSEndpointList(parsing: fields(text))
        #expect(list.endpoints.map(\.id) == [Self.id])
        #expect(list.unreadable == [HNSError("GET /x[1]", .malformed(problem))])
    }

    @Test("a node without endpoints may answer nothing, null or an empty list")
    func readsEmptyLists() throws {
        for output in ["", #","Output":null"#, #","Output":[]"#] {
            let list = try HNSEndpointList(parsing: fields(#"{"Success":true\#(output)}"#))
            #expect(list.endpoints.isEmpty && list.unreadable.isEmpty)
        }
        #expect(throws: HNSError.self) {
            try HNSEndpointList(parsing: fields(#"{"Success":true,"Output":{}}"#))
        }
    }

    // MARK: Statistics

    @Test("what the endpoint received is ingress, what it sent egress")
    func readsStatistics() throws {
        let stats = try stats(
            #"""
            {"Output":{"BytesReceived":1,"BytesSent":2,"DroppedPacketsIncoming":3,
            "DroppedPacketsOutgoing":4,"PacketsReceived":5,"PacketsSent":18446744073709551615},
            "Success":true}
            """#)
        #expect(stats.values == [5, 1, 3, .max, 2, 4])
    }

    @Test("a counter that is left out is zero")
    func fillsZeroes() throws {
        let text = #"{"Success":true,"Output":{"endpointid":"\#(Self.id)","packetssent":9}}"#
        #expect(try stats(text).values == [0, 0, 0, 9, 0, 0])
    }

    private func stats(_ text: String) throws -> CounterRow<HNSCounter> {
        var unreadable = UnreadableValues()
        let row = try CounterRow<HNSCounter>(parsing: fields(text), noting: &unreadable)
        #expect(unreadable.count == 0)
        return row
    }

    @Test("a bad value costs that value and is counted", arguments: ["-1", #""x""#, "1.5", "[]"])
    func losesOneValue(_ value: String) throws {
        var unreadable = UnreadableValues()
        let text = #"{"Success":true,"Output":{"PacketsSent":\#(value),"BytesSent":7}}"#
        let row = try CounterRow<HNSCounter>(parsing: fields(text), noting: &unreadable)
        #expect(row.values == [0, 0, 0, nil, 7, 0])
        #expect(unreadable.count == 1)
        #expect(unreadable.first == "PacketsSent")
    }

    @Test(
        "no number is made up where there are no statistics",
        arguments: [
            "", #","Output":null"#, #","Output":{}"#, #","Output":[]"#, #","Output":{"Name":"x"}"#,
        ])
    func refusesStatistics(_ output: String) throws {
        var unreadable = UnreadableValues()
        #expect(throws: HNSError.self) {
            try CounterRow<HNSCounter>(
                parsing: fields(#"{"Success":true\#(output)}"#), noting: &unreadable)
        }
    }
}
