import Testing
import WindowsBackend

@Suite struct RecordedNodeTests {
    private func node(_ files: [String: String]) -> RecordedNode {
        RecordedNode { name in files[name].map { Array($0.utf8) } }
    }

    @Test("answers come in turn, failures among them, and the last one stays")
    func answersInTurn() {
        let node = node([
            "vfp/ports.txt": "one", "vfp/ports.2.error": "exit 2 ERROR: gone\n",
            "vfp/ports.3.txt": "three",
        ])
        let answers = (1...4).map { _ in node.answer("vfp/ports.txt") }
        #expect(
            answers == [
                .bytes(Array("one".utf8)), .failure(.exit(2, said: "ERROR: gone")),
                .bytes(Array("three".utf8)), .bytes(Array("three".utf8)),
            ])
        #expect(node.answer("vfp/other.txt") == nil)
    }

    @Test("what was not recorded fails with E_NOTIMPL")
    func missesWhatIsMissing() {
        let vfp = ReplayingVFP(node([:]))
        #expect(
            throws: WindowsCallError("vfpctrl /list-vmswitch-port", .result(.notImplemented))
        ) {
            try vfp.ask(.ports)
        }
    }

    @Test(
        "a failure reads as it was written",
        arguments: [
            WindowsCallError.Cause.result(.endpointNotFound),
            .refused(.endpointNotFound, record: #"{"Success":false,"Error":"gone"}"#),
            .refused(HRESULT(0), record: "{}"),
            .exit(2, said: "ERROR: 5 things"), .exit(87, said: ""), .timeout(seconds: 10),
            .tooLong(limit: 1024),
        ])
    func failuresRoundTrip(_ cause: WindowsCallError.Cause) {
        #expect(WindowsCallError.Cause(recorded: cause.recorded + "\n") == cause)
    }

    @Test(
        "a failure that nobody wrote like that is invalid data",
        arguments: ["", "0x", "0xZZ", "exit", "exit two", "timeout", "longer than x", "nonsense"])
    func refusesOtherFailures(_ text: String) {
        #expect(WindowsCallError.Cause(recorded: text) == .result(.invalidData))
    }

    @Test("of records nothing more comes after the last")
    func recordsEnd() throws {
        let stream = ReplayingPacketStream(
            node(["pktmon/stream.hex": "01 02 # first\n", "pktmon/stream.2.hex": "03"]))
        #expect(try (1...4).map { _ in try stream.records() } == [[1, 2], [3], [], []])
    }

    @Test("a path of HNS cannot lead out of the folder")
    func staysInFolder() {
        #expect(ReplayingHNS.file("/endpoints/") == "hns/endpoints.json")
        #expect(ReplayingHNS.file("/endpointstats/ABC-1") == "hns/endpointstats/abc-1.json")
        #expect(ReplayingHNS.file("/../..//etc/passwd") == "hns/etc/passwd.json")
    }
}

@Suite struct HexTextTests {
    @Test("bytes come back from their text", arguments: [0, 1, 31, 32, 33, 1352, 5000])
    func roundTrips(_ count: Int) {
        let bytes = (0..<count).map { $0 % 97 < 60 ? 0 : UInt8(truncatingIfNeeded: $0) }
        #expect(HexText.bytes(Array(HexText.text(bytes).utf8)) == bytes)
    }

    @Test("remarks and runs are read")
    func readsRuns() {
        #expect(
            HexText.bytes(Array("0a0B 00*3 # zeros\r\n\tff".utf8)) == [10, 11, 0, 0, 0, 255])
    }

    @Test(
        "what is no text of bytes is refused",
        arguments: ["0", "0g", "00*", "00*0", "00*-1", "00*99999999999", "*3", "00 * 3"])
    func refuses(_ text: String) {
        #expect(HexText.bytes(Array(text.utf8)) == nil)
    }
}

@Suite struct GUIDTests {
    @Test("a GUID is the same in either case and in braces")
    func readsForms() throws {
        let guid = try #require(GUID("3f2c6e0a-8d44-4f27-9a5b-0c6f1d7e2a01"))
        #expect(GUID("{3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01}") == guid)
        #expect(guid.description == "3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01")
        #expect(guid.fileName == "3f2c6e0a-8d44-4f27-9a5b-0c6f1d7e2a01")
    }

    @Test(
        "nothing else passes for one",
        arguments: [
            "", "{}", "3f2c6e0a-8d44-4f27-9a5b-0c6f1d7e2a0", "3f2c6e0a-8d44-4f27-9a5b-0c6f1d7e2a0g",
            "3f2c6e0a_8d44-4f27-9a5b-0c6f1d7e2a01", "../../../../../../../../../../../etc/pa",
            "{3f2c6e0a-8d44-4f27-9a5b-0c6f1d7e2a01", " f2c6e0a-8d44-4f27-9a5b-0c6f1d7e2a01",
        ])
    func refuses(_ text: String) {
        #expect(GUID(text) == nil)
    }
}
