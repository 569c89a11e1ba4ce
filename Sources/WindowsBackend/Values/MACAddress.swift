/// A MAC address however it is written. HNS has `00-15-5D-…`, VFP's JSON `00155D…`, some CNI plugins
/// lower case or colons; they are compared as the same.
package struct MACAddress: Hashable, Sendable, CustomStringConvertible {
    private let bits: UInt64

    /// Nil for what is no address, and for that of zeros, which stands for none.
    package init?(_ text: String) {
        var bits: UInt64 = 0
        var digits = 0
        for byte in text.utf8 {
            if let digit = byte.hexDigit {
                digits += 1
                if digits > 12 { return nil }
                bits = bits << 4 | UInt64(digit)
            } else if ![UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: ".")].contains(byte) {
                return nil
            }
        }
        if digits != 12 || bits == 0 { return nil }
        self.bits = bits
    }

    package var description: String {
        let digits = Array(bits.hexDigits(12))
        return stride(from: 0, to: 12, by: 2).map { String(digits[$0...($0 + 1)]) }
            .joined(separator: "-")
    }
}

extension UInt8 {
    /// The value of an ASCII digit of base 16.
    var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension UInt64 {
    /// At least `width` digits, in upper case.
    func hexDigits(_ width: Int) -> String {
        let digits = String(self, radix: 16, uppercase: true)
        return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
    }
}
