import MetricSchema
import Observability
import Synchronization
import Testing

@testable import LinuxBackend

/// The rules that Tests/Fixtures/linux/record/nftables.py makes and lets drop, as each kernel tells them.
struct NftablesTests {
    static func reading(_ kernel: Recording) throws -> NftablesReading {
        var reading = NftablesReading()
        try kernel.bytes("netlink/nftables-chains").withUnsafeBytes {
            try NftablesChainRow.forEach(in: $0) { reading.add($0) }
        }
        try kernel.bytes("netlink/nftables-rules").withUnsafeBytes {
            try NftablesRule.forEach(in: $0) { reading.add($0) }
        }
        return reading
    }

    private static let input = NftablesChainKey(family: .inet, table: "rec", chain: "in")
    private static let deep = NftablesChainKey(family: .inet, table: "rec", chain: "deep")
    private static let output = NftablesChainKey(family: .ip6, table: "rec6", chain: "out")

    @Test("rules that drop have what they dropped, and chains their hook", arguments: Recording.all)
    func recorded(_ kernel: Recording) throws {
        let reading = try Self.reading(kernel)
        let counted = reading.counted.reduce(into: [:]) { $0[$1.key.chain] = $1.value }
        #expect(
            counted == [
                Self.input: .init(verdict: .drop, packets: 5),
                Self.deep: .init(verdict: .reject, packets: 3),
                Self.output: .init(verdict: .drop, packets: 7),
            ])
        // One has no counter, and one has it before its last condition. One that accepts is nobody's drop.
        #expect(
            reading.uncounted == [NftablesChainKey(family: .inet, table: "rec", chain: ""): 2])
        #expect(reading.hooks == [Self.input: .input, Self.output: .output])
    }

    /// What a scrape says after each reading.
    private func lines(_ readings: [NftablesReading]) throws -> [[String]] {
        let said = Mutex(NftablesReading())
        let collector = NftablesCollector { said.withLock { $0 } }
        return try readings.map { reading in
            said.withLock { $0 = reading }
            var samples = SampleBuffer()
            try collector.collect(into: &samples)
            return Exposition(samples, as: .text).text().split(separator: "\n").map(String.init)
                .filter { $0.hasPrefix("fovea_node_nftables_drop_packets_total{") }
        }
    }

    private func line(_ count: UInt64) -> String {
        "fovea_node_nftables_drop_packets_total{family=\"inet\",table=\"rec\",chain=\"in\","
            + "hook=\"input\",verdict=\"drop\"} \(count)"
    }

    private func reading(_ rules: [(handle: UInt64, packets: UInt64)]) -> NftablesReading {
        var reading = NftablesReading()
        reading.add(NftablesChainRow(key: Self.input, hook: .input))
        for rule in rules {
            reading.add(
                NftablesRule(
                    chain: Self.input, handle: rule.handle,
                    drop: .init(verdict: .drop, packets: rule.packets)))
        }
        return reading
    }

    @Test(
        "what rules drop from the first reading on counts, and a rule that goes takes nothing back")
    func growth() throws {
        let said = try lines([
            reading([(1, 100), (2, 50)]), reading([(1, 103), (2, 50)]),
            // One is replaced, and one has had its counter reset.
            reading([(1, 2), (3, 4)]), reading([]),
        ])
        #expect(said == [[line(0)], [line(3)], [line(9)], [line(9)]])
    }

    /// A rule of one chain with these expressions, by name and data.
    private func drop(_ expressions: [(String, [UInt8])]) throws -> NftablesRule.Drop? {
        let list = expressions.flatMap { name, data in
            NetlinkBytes.attribute(
                1,
                NetlinkBytes.attribute(1, Array(name.utf8) + [0]) + NetlinkBytes.attribute(2, data))
        }
        let payload: [UInt8] = [1, 0, 0, 0] + NetlinkBytes.attribute(4, list)
        return try payload.withUnsafeBytes { try NftablesRule(parsing: $0)?.drop }
    }

    @Test("a counter tells what is dropped only where nothing between it and the verdict can fail")
    func order() throws {
        let counter = (
            "counter", NetlinkBytes.attribute(2, NetlinkBytes.bytes(UInt64(5).bigEndian))
        )
        func verdict(_ code: UInt32) -> (String, [UInt8]) {
            let verdict = NetlinkBytes.attribute(1, NetlinkBytes.bytes(code.bigEndian))
            return ("immediate", NetlinkBytes.attribute(2, NetlinkBytes.attribute(2, verdict)))
        }
        #expect(try drop([counter, verdict(0)]) == .init(verdict: .drop, packets: 5))
        #expect(try drop([counter, ("log", []), verdict(0)]) == .init(verdict: .drop, packets: 5))
        #expect(try drop([counter, ("reject", [])]) == .init(verdict: .reject, packets: 5))
        #expect(
            try drop([counter, ("limit", []), verdict(0)]) == .init(verdict: .drop, packets: nil))
        #expect(try drop([verdict(0)]) == .init(verdict: .drop, packets: nil))
        // NF_ACCEPT, and NFT_JUMP, which is negative.
        #expect(try drop([counter, verdict(1)]) == nil)
        #expect(try drop([counter, verdict(0xffff_fffd)]) == nil)
    }

    @Test("hooks by number are those of the family")
    func hooks() {
        #expect(NftablesFamily.netdev.hook(number: 1) == .egress)
        #expect(NftablesFamily.arp.hook(number: 0) == .input)
        #expect(NftablesFamily.bridge.hook(number: 4) == .postrouting)
        #expect(NftablesFamily.ip.hook(number: 9) == .unknown)
        #expect(NftablesFamily(number: 4) == nil)
    }
}

extension NetlinkDecoder {
    static let nftables = Recording.oldestAndNewest.flatMap { recording in
        [
            NetlinkDecoder(fixture: "\(recording.kernel)/netlink/nftables-rules") {
                (bytes) throws(NetlinkDecodingError) in
                var rows = 0
                try bytes.withUnsafeBufferPointer { (buffer) throws(NetlinkDecodingError) in
                    try NftablesRule.forEach(in: UnsafeRawBufferPointer(buffer)) { _ in rows += 1 }
                }
                return rows
            },
            NetlinkDecoder(fixture: "\(recording.kernel)/netlink/nftables-chains") {
                (bytes) throws(NetlinkDecodingError) in
                var rows = 0
                try bytes.withUnsafeBufferPointer { (buffer) throws(NetlinkDecodingError) in
                    try NftablesChainRow.forEach(in: UnsafeRawBufferPointer(buffer)) { _ in
                        rows += 1
                    }
                }
                return rows
            },
        ]
    }
}
