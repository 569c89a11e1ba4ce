import MetricSchema
import Observability
import TestSupport
import Testing

@testable import LinuxBackend

/// What drivers say, from every kernel's recording of a veth and from blocks made here.
struct DriverStatisticsTests {
    @Test("names and values belong together", arguments: Recording.all)
    func recorded(_ recording: Recording) throws {
        let statistics = try DriverStatistics(
            strings: recording.bytes("ethtool/strings"), values: recording.bytes("ethtool/values"))
        #expect(statistics.rows.first == .init(name: "peer_ifindex", value: 11))
        #expect(statistics.rows.contains { $0.name == "rx_queue_0_drops" })
        // Nothing was lost, and what is nought is not told.
        #expect(statistics.errors.isEmpty)
    }

    static func blocks(_ rows: [(String, UInt64)]) -> (strings: [UInt8], values: [UInt8]) {
        let count = NetlinkBytes.bytes(UInt32(rows.count))
        let strings = rows.flatMap { name, _ in
            Array(name.utf8) + [UInt8](repeating: 0, count: 32 - name.utf8.count)
        }
        return (
            [27, 0, 0, 0, 1, 0, 0, 0] + count + strings,
            [29, 0, 0, 0] + count + rows.flatMap { NetlinkBytes.bytes($0.1) }
        )
    }

    @Test("errors and drops that are not nought are told, queues added up")
    func errors() throws {
        let blocks = Self.blocks([
            ("rx_packets", 900), ("rx_queue_0_drops", 2), ("rx_queue_11_drops", 3),
            ("rx_crc_errors", 0), ("rx0_discards", 4), ("rx_discards", 9), ("rx_out_of_buffer", 5),
            ("tx2_xdp_err", 1), ("port1_vlan7_drop", 6),
        ])
        let errors = try DriverStatistics(strings: blocks.strings, values: blocks.values).errors
        #expect(
            errors.map { "\($0.name) \($0.count)" } == [
                "port1_vlan7_drop 6", "rx*_discards 4", "rx_discards 9", "rx_out_of_buffer 5",
                "rx_queue_*_drops 5", "tx*_xdp_err 1",
            ])
    }

    @Test("values for other names, or fewer than are said, are an error")
    func misfits() {
        let two = Self.blocks([("a_drop", 1), ("b_drop", 2)])
        let one = Self.blocks([("a_drop", 1)])
        for (strings, values) in [
            (two.strings, one.values), (Array(two.strings.dropLast()), two.values),
            (two.strings, Array(two.values.dropLast())), ([], []), (two.strings, [29, 0, 0, 0]),
        ] {
            #expect(throws: NetlinkDecodingError.self) {
                try DriverStatistics(strings: strings, values: values)
            }
        }
    }

    @Test("damaged blocks are read as something else or refused")
    func damaged() throws {
        let recording = Recording(kernel: "6.18")
        let strings = try recording.bytes("ethtool/strings")
        let values = try recording.bytes("ethtool/values")
        var random = SeededGenerator(seed: 5)
        var outcomes = [0, 0]
        for _ in 0..<4_000 {
            var blocks = [strings, values]
            for _ in 0..<3 {
                let block = Int.random(in: 0...1, using: &random)
                if blocks[block].isEmpty { continue }
                let place = Int.random(in: 0..<blocks[block].count, using: &random)
                if random.once(in: 8) {
                    blocks[block].removeLast(Int.random(in: 1...place + 1, using: &random))
                } else {
                    blocks[block][place] = UInt8.random(in: 0...255, using: &random)
                }
            }
            do throws(NetlinkDecodingError) {
                let read = try DriverStatistics(strings: blocks[0], values: blocks[1])
                #expect(read.errors.count <= read.rows.count)
                outcomes[0] += 1
            } catch {
                outcomes[1] += 1
            }
        }
        #expect(outcomes.allSatisfy { $0 > 100 }, "\(outcomes)")
    }

    @Test("a ring's sizes are not taken for its limits")
    func rings() throws {
        let block = [16, 1, 2, 3, 4, 5, 6, 7, 8].flatMap { NetlinkBytes.bytes(UInt32($0)) }
        let rings = try RingSizes(parsing: block)
        #expect(rings.receiveLimit == 1 && rings.sendLimit == 4)
        #expect(rings.receive == 5 && rings.send == 8)
        #expect(throws: NetlinkDecodingError.self) {
            try RingSizes(parsing: Array(block.dropLast()))
        }
    }
}
