/// An IPv4 or IPv6 address as 16 bytes in network order; IPv4 as ::ffff:a.b.c.d, so that one type serves
/// both.
package struct IPAddress: Hashable, Sendable {
    /// The first and the last eight bytes, read big-endian.
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(v4 address: UInt32) {
        high = 0
        low = 0xffff_0000_0000 | UInt64(address)
    }

    /// Reads 4 or 16 bytes in network order; nil for any other number.
    package init?(networkOrder bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: self.init(v4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            self.init(
                high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
                low: bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) })
        default: return nil
        }
    }

    package var isV4: Bool { high == 0 && low >> 32 == 0xffff }

    /// Whether it stands for whoever has both: IPv4 before IPv6, the lower before the higher.
    package func isPreferred(to other: IPAddress) -> Bool {
        isV4 != other.isV4 ? isV4 : (high, low) < (other.high, other.low)
    }
}

extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or RFC 5952 text.
    package var description: String {
        if isV4 { return (0..<4).map { "\((low >> (24 - 8 * $0)) & 0xff)" }.joined(separator: ".") }
        let groups = (0..<8).map {
            UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> (48 - 16 * ($0 % 4)))
        }
        guard let zeros = Self.longestZeroRun(groups) else { return Self.hex(groups[...]) }
        return Self.hex(groups[..<zeros.lowerBound]) + "::" + Self.hex(groups[zeros.upperBound...])
    }

    private static func hex(_ groups: ArraySlice<UInt16>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// The first of the longest runs of two or more zero groups.
    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > max(best?.count ?? 1, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        return best
    }
}
