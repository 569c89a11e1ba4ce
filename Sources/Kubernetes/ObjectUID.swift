/// What tells an object from all others there ever were. Kubernetes' are UUIDs, and those are kept as they are; of other
/// text 128 bits are kept that stand for it.
package struct ObjectUID: Hashable, Sendable, Decodable {
    private let high: UInt64
    private let low: UInt64

    package init(_ text: String) {
        if let words = Self.words(ofUUID: text) {
            (high, low) = words
        } else {
            high = Self.hash(text, from: 0xcbf2_9ce4_8422_2325)
            low = Self.hash(text, from: 0x9e37_79b9_7f4a_7c15)
        }
    }

    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// 32 hexadecimal digits, hyphens wherever they are.
    private static func words(ofUUID text: String) -> (UInt64, UInt64)? {
        guard text.utf8.count == 36 else { return nil }
        var words: (high: UInt64, low: UInt64) = (0, 0)
        var digits = 0
        for byte in text.utf8 where byte != UInt8(ascii: "-") {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
            words.high = words.high << 4 | words.low >> 60
            words.low = words.low << 4 | UInt64(digit)
            digits += 1
        }
        return digits == 32 ? words : nil
    }

    private static func hash(_ text: String, from seed: UInt64) -> UInt64 {
        text.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}

extension ObjectUID: CustomStringConvertible, ExpressibleByStringLiteral {
    package var description: String {
        String(high, radix: 16) + "-" + String(low, radix: 16)
    }

    package init(stringLiteral text: String) { self.init(text) }
}
