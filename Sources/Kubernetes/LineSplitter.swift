/// Cuts a stream of bytes into lines; a watch writes one event on each.
package struct LineSplitter {
    private var rest: [UInt8] = []
    /// The longest line taken; a longer one is no Kubernetes object.
    private let limit: Int

    package struct TooLong: Error, CustomStringConvertible {
        package let limit: Int
        package var description: String { "a line of more than \(limit) bytes" }
    }

    package init(limit: Int = 8 << 20) {
        self.limit = limit
    }

    /// The lines that are whole now, without their ends, empty ones left out.
    package mutating func add(_ bytes: some Collection<UInt8>) throws(TooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var slice = bytes[...]
        while let end = slice.firstIndex(of: UInt8(ascii: "\n")) {
            rest.append(contentsOf: slice[..<end])
            if !rest.isEmpty { lines.append(rest) }
            rest.removeAll(keepingCapacity: true)
            slice = slice[slice.index(after: end)...]
        }
        rest.append(contentsOf: slice)
        if rest.count > limit { throw TooLong(limit: limit) }
        return lines
    }
}
