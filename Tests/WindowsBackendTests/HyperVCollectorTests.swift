import MetricSchema
import Observability
import Synchronization
import Testing
import WindowsBackend

@Suite struct HyperVCollectorTests {
    /// Says what it was told to.
    private final class Counters: PerfTransport {
        let text = Mutex("")
        func read(_ set: PerfSet) throws(WindowsCallError) -> [UInt8] {
            guard set == .adapterDropReasons else {
                throw WindowsCallError("perf", .result(.notImplemented))
            }
            return Array(text.withLock { $0 }.utf8)
        }
    }

    private let counters = Counters()

    private func scrape(_ collector: HyperVCollector, _ lines: [String]) throws -> [String] {
        counters.text.withLock { $0 = lines.map { $0 + "\n" }.joined() }
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        return Exposition(samples, as: .text).text().split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("#") }
    }

    private static let spoofed =
        #"fovea_node_drop_packets_total{reason="mac_spoofing",direction="ingress"}"#
    private static let unreadable =
        #"fovea_windows_unreadable_values_total{collector="hyper-v"}"#

    @Test(
        "drops are the sum over adapters, each way by its own reason; what never was is no series")
    func sums() throws {
        let lines = try scrape(
            HyperVCollector(counters),
            [
                "nic 1\tIncoming MacSpoofing\t3", "nic 2\tIncoming MacSpoofing\t4",
                "nic 1\tOutgoing MTUMismatch\t5", "nic 1\tIncoming Busy\t0",
            ])
        #expect(
            Set(lines) == [
                "\(Self.spoofed) 7",
                #"fovea_node_drop_packets_total{reason="mtu_mismatch",direction="egress"} 5"#,
                "\(Self.unreadable) 0",
            ])
    }

    @Test("an adapter that goes keeps its drops in the node's, and one that begins anew goes on")
    func keepsTotals() throws {
        let collector = HyperVCollector(counters)
        func spoofed(_ lines: String...) throws -> Bool {
            try scrape(collector, lines).contains("\(Self.spoofed) 10")
        }
        #expect(
            try spoofed("a\tIncoming MacSpoofing\t6", "b\tIncoming MacSpoofing\t4"))
        #expect(try spoofed("b\tIncoming MacSpoofing\t4"))
        // b's adapter is another one by now, of the same name.
        #expect(
            try scrape(collector, ["b\tIncoming MacSpoofing\t1"]).contains("\(Self.spoofed) 11"))
    }

    @Test("a bad value costs that value and is counted; the next that can be read makes up for it")
    func losesOneValue() throws {
        let collector = HyperVCollector(counters)
        _ = try scrape(collector, ["a\tIncoming MacSpoofing\t6", "a\tOutgoing Busy\t1"])
        let bad = try scrape(collector, ["a\tIncoming MacSpoofing\t-1", "a\tOutgoing Busy\t2"])
        #expect(bad.contains("\(Self.spoofed) 6") && bad.contains("\(Self.unreadable) 1"))
        #expect(bad.contains { $0.contains("busy") && $0.hasSuffix(" 2") })
        #expect(
            try scrape(collector, ["a\tIncoming MacSpoofing\t9"]).contains("\(Self.spoofed) 9"))
    }

    @Test("a reason is called alike whether Hyper-V or the packet monitor counted it")
    func namesAlike() {
        let names = (1...38).map { PktmonDropReason(rawValue: $0).label }
        let incoming = HyperVDrop.allCases.filter { $0.direction == .ingress }.map(\.reason.value)
        #expect(incoming.count == 38)
        // Hyper-V's first is for what has no reason, which is none of the packet monitor's.
        #expect(Set(incoming).subtracting(names) == ["unknown"])
        #expect(Set(names).subtracting(incoming).count <= 1, "\(Set(names).subtracting(incoming))")
    }
}
