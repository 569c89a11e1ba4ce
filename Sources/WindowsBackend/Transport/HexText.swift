/// Bytes as text that can be read and compared: two digits each, `00*12` for twelve zero bytes; space
/// and line ends mean nothing, and what follows `#` is a remark.
package enum HexText {
    /// The most bytes a text may stand for.
    private static let limit = 64 << 20

    /// nil where the text is something else.
    package static func bytes(_ text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let code = line.prefix { $0 != UInt8(ascii: "#") }
            for word in code.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
                let parts = word.split(
                    separator: UInt8(ascii: "*"), maxSplits: 1, omittingEmptySubsequences: false)
                guard let run = parts.first.flatMap(pairs) else { return nil }
                var times = 1
                if parts.count == 2 {
                    guard let count = Int(String(decoding: parts[1], as: UTF8.self)),
                        (1...limit).contains(count)
                    else { return nil }
                    times = count
                }
                guard bytes.count + run.count * times <= limit else { return nil }
                for _ in 0..<times { bytes += run }
            }
        }
        return bytes
    }

    /// Rows of 32 bytes, runs of the same byte as one word.
    package static func text(_ bytes: [UInt8]) -> String {
        var text = ""
        var column = 0
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            let length = bytes[place...].prefix { $0 == byte }.count
            if column > 0 { text += " " }
            if length > 4 {
                text += "\(digits(byte))*\(length)"
                column += 1
                place += length
            } else {
                text += digits(byte)
                column += 1
                place += 1
            }
            if column >= 32 {
                text += "\n"
                column = 0
            }
        }
        return column > 0 ? text + "\n" : text
    }

    private static func digits(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return byte < 16 ? "0" + text : text
    }

    private static func pairs(_ word: ArraySlice<UInt8>) -> [UInt8]? {
        guard !word.isEmpty, word.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var place = word.startIndex
        while place < word.endIndex {
            guard let high = Character(Unicode.Scalar(word[place])).hexDigitValue,
                let low = Character(Unicode.Scalar(word[place + 1])).hexDigitValue
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
            place += 2
        }
        return bytes
    }
}
