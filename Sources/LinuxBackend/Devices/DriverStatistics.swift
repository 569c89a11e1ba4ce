/// A driver's own counters, from ethtool's two blocks (linux/ethtool.h): `struct ethtool_gstrings` with the names
/// and `struct ethtool_stats` with the values in the same order.
package struct DriverStatistics: Sendable, Equatable {
    package struct Row: Sendable, Equatable {
        package let name: String
        package let value: UInt64
    }

    package let rows: [Row]

    package init(
        strings: [UInt8], values: [UInt8]
    ) throws(NetlinkDecodingError) {
        var names = ByteCursor(strings[...])
        _ = try names.take(8)
        var name = try names.read(UInt32.self)
        var numbers = ByteCursor(values[...])
        _ = try numbers.take(4)
        let count = try numbers.read(UInt32.self)
        // A device may gain or lose queues between the two questions.
        guard count == name else {
            throw NetlinkDecodingError(
                offset: 4, problem: "\(count) values for \(name) names")
        }
        var rows: [Row] = []
        while name > 0 {
            let text = try names.take(Self.nameLength).prefix { $0 != 0 }
            rows.append(
                Row(
                    name: String(decoding: text, as: UTF8.self),
                    value: try numbers.read(UInt64.self)))
            name -= 1
        }
        self.rows = rows
    }

    /// Counters of errors and drops that are not nought, by name; those of a device's queues added up.
    package var errors: [(name: String, count: UInt64)] {
        var sums: [String: UInt64] = [:]
        for row in rows where row.value != 0 && Self.isError(row.name) {
            sums[Self.withoutQueue(row.name), default: 0] &+= row.value
        }
        return sums.sorted { $0.key < $1.key }.map { (name: $0.key, count: $0.value) }
    }

    static func isError(_ name: String) -> Bool {
        let name = name.lowercased()
        return ["err", "drop", "discard", "miss", "crc", "no_buf", "out_of_buf"].contains {
            name.contains($0)
        }
    }

    /// `rx_queue_3_drops` and `rx3_drops` are `rx_queue_*_drops` and `rx*_drops`: a number by itself, or behind
    /// the word for a direction, a channel or a queue.
    static func withoutQueue(_ name: String) -> String {
        name.split(separator: "_", omittingEmptySubsequences: false).map { word in
            let letters = word.prefix { !$0.isNumber }
            guard letters.count < word.count, word.dropFirst(letters.count).allSatisfy(\.isNumber),
                ["", "rx", "tx", "ch", "q", "queue"].contains(letters.lowercased())
            else { return String(word) }
            return letters + "*"
        }.joined(separator: "_")
    }

    private static let nameLength = 32
}
