import Testing
import WindowsBackend

@Suite struct HCNErrorRecordTests {
    private static let record =
        #"{"Success":false,"Error":"Der Endpunkt wurde nicht gefunden. ","ErrorCode":2151350274}"#

    @Test("a record is read with the code as either kind of number, or with none")
    func reads() {
        let record = HCNErrorRecord(parsing: Self.record)
        #expect(record.message == "Der Endpunkt wurde nicht gefunden. ")
        #expect(record.code == .endpointNotFound)
        #expect(HCNErrorRecord(parsing: #"{"errorcode":-2147024891}"#).code == .accessDenied)
        for text in [
            "", "{", "[]", "nein", #"{"Error":"","ErrorCode":"5"}"#, #"{"ErrorCode":1e99}"#,
        ] {
            let record = HCNErrorRecord(parsing: text)
            #expect(record.message == nil && record.code == nil, "\(text)")
        }
    }

    @Test("what is not there is known by the call's code and by the record's")
    func tellsGone() {
        let call = "HcnOpenEndpoint"
        let gone = HRESULT.endpointNotFound
        for cause in [
            WindowsCallError.Cause.refused(HRESULT(0), record: Self.record),
            .refused(HRESULT(rawValue: 0x8000_4005), record: Self.record),
            .refused(gone, record: "{}"), .result(gone), .exit(2, said: ""),
        ] {
            #expect(WindowsCallError(call, cause).isNotFound, "\(cause)")
        }
        for cause in [
            WindowsCallError.Cause.refused(HRESULT(0), record: "{}"), .timeout(seconds: 1),
            .tooLong(limit: 1), .exit(1, said: ""), .result(.accessDenied),
        ] {
            #expect(!WindowsCallError(call, cause).isNotFound, "\(cause)")
        }
        let denied = #"{"ErrorCode":2147942405}"#
        #expect(WindowsCallError(call, .refused(HRESULT(0), record: denied)).isPermanent)
        #expect(!WindowsCallError(call, .refused(gone, record: Self.record)).isPermanent)
    }

    @Test("an error says what failed, the code, and what HCN says of it")
    func describes() {
        let error = WindowsCallError("HcnOpenEndpoint", .refused(HRESULT(0), record: Self.record))
        #expect(
            "\(error)"
                == "HcnOpenEndpoint: 0x803B0002 (no such endpoint): Der Endpunkt wurde nicht gefunden. "
        )
        let plain = WindowsCallError("HcnOpenEndpoint", .refused(.accessDenied, record: "nein"))
        #expect(
            "\(plain)".hasPrefix("HcnOpenEndpoint: 0x80070005") && "\(plain)".hasSuffix(": nein"))
    }

    @Test("an endpoint that goes between list and question costs no other, whichever code says so")
    func skipsGone() throws {
        let ids = ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"]
        let node = RecordedNode { name in
            switch name {
            case "hcn/endpoints.json": Array(#"["\#(ids[0])","\#(ids[1])"]"#.utf8)
            case "hcn/endpoints/\(ids[0]).json": Array(#"{"ID":"\#(ids[0])","State":3}"#.utf8)
            case "hcn/endpoints/\(ids[1]).error": Array("0x00000000 \(Self.record)".utf8)
            default: nil
            }
        }
        let list = try HCNInventory(ReplayingHCN(node)).endpoints()
        #expect(list.endpoints.map(\.id) == [ids[0]] && list.unreadable.isEmpty)
    }
}
