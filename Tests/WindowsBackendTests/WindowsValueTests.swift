import Testing
import WindowsBackend

@Suite struct WindowsValueTests {
    @Test(
        "a MAC address is the same however it is written",
        arguments: [
            "00-15-5D-0a-F4-02", "00:15:5d:0A:f4:02", "00155D0AF402", "0015.5d0a.f402",
        ])
    func normalizesMAC(_ text: String) {
        #expect(MACAddress(text)?.description == "00-15-5D-0A-F4-02")
    }

    @Test(
        "what is no MAC address is none, nor are zeros",
        arguments: [
            "", "00-15-5D-0a-F4", "00-15-5D-0a-F4-02-03", "00-15-5G-0a-F4-02", "000000000000",
        ])
    func refusesMAC(_ text: String) {
        #expect(MACAddress(text) == nil)
    }

    static let versions: [(UInt64, HNSVersion)] = [
        (21_474_836_481, HNSVersion(5, 1)), (38_654_705_666, HNSVersion(9, 2)),
        (55_834_574_851, HNSVersion(13, 3)), (64_424_509_440, HNSVersion(15, 0)),
    ]

    @Test("an object's version has its major number in the upper half", arguments: versions)
    func unpacksVersions(_ packed: UInt64, _ version: HNSVersion) {
        #expect(HNSVersion(packed: packed) == version)
    }

    @Test("version 9.10 is after 9.2, and 13 after both")
    func ordersVersions() {
        #expect(HNSVersion(9, 2) < HNSVersion(9, 10))
        #expect(HNSVersion(9, 10) < HNSVersion(13, 0))
    }
}
