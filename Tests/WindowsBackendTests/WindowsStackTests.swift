import MetricSchema
import Observability
import Synchronization
import Testing
import WindowsBackend

@Suite struct WindowsStackTests {
    /// A stack of which every counter has the same value.
    private final class Stack: IPHelperTransport {
        let value = Mutex<UInt32>(0)

        func read(_ table: IPHelperTable, compartment _: UInt32?) throws(WindowsCallError)
            -> [UInt8]
        {
            let value = value.withLock { $0 }
            func words(_ count: Int) -> [UInt8] {
                var bytes = ByteBuilder()
                for _ in 0..<count { bytes.append(value) }
                return bytes.bytes
            }
            return switch table {
            case .ipStatistics: words(23)
            case .udpStatistics: words(5)
            // The form of old systems, whose segment counters wrap as well.
            case .tcpStatistics: words(15)
            default: []
            }
        }
    }

    private func scrape(_ collector: WindowsStackCollector) throws -> [String: UInt64] {
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        var values: [String: UInt64] = [:]
        for family in samples.families where family.descriptor.kind == .counter {
            for row in family.rows {
                if case .count(let count) = row.value {
                    values["\(family.descriptor.name){\(row.labels)}"] = count
                }
            }
        }
        return values
    }

    @Test("counters of 32 bits go on beyond them, in every family of the stack")
    func widens() throws {
        let stack = Stack()
        let collector = WindowsStackCollector(stack)
        stack.value.withLock { $0 = .max - 5 }
        let before = try scrape(collector)
        #expect(before.count > 40)
        stack.value.withLock { $0 = 4 }
        let after = try scrape(collector)
        for (series, count) in before {
            // TCP's are the sum of both families.
            let families: UInt64 = series.contains("family=") ? 1 : 2
            #expect(count == families * UInt64(UInt32.max - 5), "\(series)")
            #expect(after[series] == count + 10 * families, "\(series)")
        }
    }

    @Test("sockets are counted by family and state")
    func countsStates() throws {
        let collector = WindowsStackCollector(
            ReplayingIPHelper(Recording("server2022-calico-30-pods").node))
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        let text = Exposition(samples, as: .text).text()
        let lines = Set(text.split(separator: "\n").map(String.init))
        for (state, v4, v6) in [
            ("listen", 3, 3), ("established", 4, 5), ("time_wait", 2, 2), ("close_wait", 1, 1),
            ("syn_sent", 0, 0),
        ] {
            #expect(
                lines.contains(
                    "fovea_node_sockets{family=\"ipv4\",protocol=\"tcp\",state=\"\(state)\"} \(v4)")
            )
            #expect(
                lines.contains(
                    "fovea_node_sockets{family=\"ipv6\",protocol=\"tcp\",state=\"\(state)\"} \(v6)")
            )
        }
        // 2^33 and 100 + 2^33 of the 64-bit form.
        #expect(
            lines.contains(
                "fovea_node_stack_tcp_segments_total{direction=\"ingress\"} \(2 * (1 << 33) + 100)")
        )
    }
}
