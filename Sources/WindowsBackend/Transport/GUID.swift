/// A GUID, checked: it becomes part of paths, arguments and file names, so nothing else may pass for
/// one. Windows writes them in either case, here and there in braces.
package struct GUID: Hashable, Sendable, CustomStringConvertible {
    /// As text has them, which is not the order of the struct in memory.
    private let digits: [UInt8]

    package init?(_ text: some StringProtocol) {
        var bytes = Array(text.utf8)
        if bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}"), bytes.count > 2 {
            bytes = Array(bytes[1..<bytes.count - 1])
        }
        guard bytes.count == 36 else { return nil }
        for (place, byte) in bytes.enumerated() {
            let fits =
                [8, 13, 18, 23].contains(place)
                ? byte == UInt8(ascii: "-") : Character(Unicode.Scalar(byte)).isHexDigit
            if !fits { return nil }
        }
        digits = bytes.map(\.lowercased)
    }

    /// `3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01`, as vfpctrl prints it.
    package var description: String { String(decoding: digits, as: UTF8.self).uppercased() }

    /// In lower case, for names of files.
    package var fileName: String { String(decoding: digits, as: UTF8.self) }
}
