import KernelABI
import MetricSchema
import Observability
import Testing

@testable import LinuxBackend

/// What the golden does not show.
struct CollectorTests {
    @Test("an endpoint's totals are the sum over CPUs of what the program counts")
    func totals() {
        var sum = EndpointTotals()
        for _ in 0..<3 {
            sum += EndpointTotals(
                endpoint_counters(
                    packets: 1, bytes: 2, segments: 3, other_packets: 4, other_bytes: 5,
                    malformed_packets: 6,
                    malformed_bytes: 7, lost_packets: 8, lost_bytes: 9, reserved: 0))
        }
        #expect(sum.packets == 3 && sum.bytes == 6 && sum.segments == 9)
        #expect(sum.other == .init(packets: 12, bytes: 15))
        #expect(sum.malformed == .init(packets: 18, bytes: 21))
        #expect(sum.lost == .init(packets: 24, bytes: 27))
    }

    @Test("before Linux 5.17 the kernel function stands for the reason")
    func noReasons() throws {
        let collector = DropCollector(
            board: EndpointBoard(), reasons: DropReasonNames(kernelNames: [:]),
            symbols: KernelSymbols(path: Fixture.path("kallsyms"))
        ) { _ in
            DropReading(rows: [
                DropRow(
                    endpoint: 0,
                    kind: .init(
                        reason: 0, location: 0xffff_ffff_8203_31d9, direction: .ingress),
                    amount: .init(packets: 3, bytes: 180))
            ])
        }
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        let text = Exposition(samples, as: .text).text()
        #expect(
            text.contains(
                #"fovea_node_drop_packets_total{reason="tcp_v4_rcv",direction="ingress"} 3"#))
    }

    @Test("a node without traffic says nought, and says it for both directions")
    func quiet() throws {
        var samples = SampleBuffer()
        try TrafficCollector(board: EndpointBoard()) { _, _ in EndpointTotals() }.collect(
            into: &samples)
        let lines = Exposition(samples, as: .text).text().split(separator: "\n").filter {
            $0.first != "#"
        }
        #expect(lines.count == 6 && lines.allSatisfy { $0.hasSuffix(" 0") })
    }

    @Test("a source of flows that fails fails the collector: old numbers are no answer")
    func failingSource() {
        let collector = TrafficCollector(
            board: EndpointBoard(), source: FixedSource(fails: true)
        ) { _, _ in EndpointTotals() }
        var samples = SampleBuffer()
        #expect(throws: FixedSource.Failure.self) { try collector.collect(into: &samples) }
    }

    @Test("a source that fails fails its collector")
    func failing() {
        struct Failure: Error {}
        let drops = DropCollector(
            board: EndpointBoard(), reasons: DropReasonNames(kernelNames: [:]),
            symbols: KernelSymbols()
        ) { _ in throw Failure() }
        let interfaces = InterfaceCollector(board: EndpointBoard()) {
            throw Failure()
        } speed: { _ in
            nil
        }
        let garbled = InterfaceCollector(board: EndpointBoard()) {
            [1, 2, 3]
        } speed: { _ in
            nil
        }
        var samples = SampleBuffer()
        #expect(throws: Failure.self) { try drops.collect(into: &samples) }
        #expect(throws: Failure.self) { try interfaces.collect(into: &samples) }
        #expect(throws: NetlinkDecodingError.self) { try garbled.collect(into: &samples) }
    }

    @Test("a drop's key survives the way into the kernel and back")
    func dropKey() {
        let kind = DropRow.Kind(reason: 5, location: 0xffff_ffff_8203_31d9, direction: .egress)
        let row = DropRow(endpoint: 7, kind: kind, amount: .init(packets: 1, bytes: 2))
        #expect(DropRow(row.key, row.amount) == row)
    }
}
