import Testing
import WindowsBackend

@Suite struct PerfDecodingTests {
    @Test(
        "lines are instance, counter and value; a code in its place is a counter that is not there")
    func reads() {
        let text =
            "nic 1\tIncoming MacSpoofing\t18446744073709551615\r\nnic 1\tOutgoing Busy\t2\n"
            + "\tIncoming LowPowerPacketFilter\t0xC0000BB9\nnic 2\tIncoming MacSpoofing\t-1\nodd\n"
        let table = PerfTable(parsing: Array(text.utf8))
        #expect(
            table.instances == [
                "nic 1": ["Incoming MacSpoofing": .max, "Outgoing Busy": 2]
            ])
        #expect(table.absent == ["Incoming LowPowerPacketFilter"])
        #expect(table.unreadable.count == 2)
    }
}
