/// A file of /proc that is not what its kind is.
package struct TextDecodingError: Error, CustomStringConvertible, Equatable {
    package let file: String
    /// Counted from 1.
    package let line: Int
    package let problem: String

    package var description: String { "/proc/\(file), line \(line): \(problem)" }
}

/// The lines of such a file, and the words of each.
struct TextLines {
    /// Words with any white space between them.
    struct Line {
        private var rest: ArraySlice<UInt8>
        private let file: StaticString
        private let number: Int

        fileprivate init(_ bytes: ArraySlice<UInt8>, of file: StaticString, number: Int) {
            rest = bytes
            self.file = file
            self.number = number
        }

        mutating func nextWord() -> ArraySlice<UInt8>? {
            rest = rest.drop { $0 <= 0x20 }
            if rest.isEmpty { return nil }
            let word = rest.prefix { $0 > 0x20 }
            rest = rest[word.endIndex...]
            return word
        }

        /// `wanted` says what is missing where nothing is left.
        mutating func word(
            _ wanted: StaticString
        ) throws(TextDecodingError) -> ArraySlice<UInt8> {
            guard let word = nextWord() else {
                throw TextDecodingError(
                    file: "\(file)", line: number, problem: "\(wanted) is wanted")
            }
            return word
        }
    }

    private var rest: ArraySlice<UInt8>
    private let file: StaticString
    private(set) var number = 0

    init(_ bytes: [UInt8], of file: StaticString) {
        rest = bytes[...]
        self.file = file
    }

    /// The next line that has anything on it.
    mutating func next() -> Line? {
        while !rest.isEmpty {
            let bytes = rest.prefix { $0 != UInt8(ascii: "\n") }
            rest = rest[bytes.endIndex...].dropFirst()
            number += 1
            if bytes.contains(where: { $0 > 0x20 }) {
                return Line(bytes, of: file, number: number)
            }
        }
        return nil
    }

    func error(_ problem: StaticString) -> TextDecodingError {
        TextDecodingError(file: "\(file)", line: number, problem: "\(problem)")
    }

    /// A number; a negative one, of which the kernel has a few that are no counts, is 0.
    static func count(_ word: ArraySlice<UInt8>) -> UInt64? {
        if word.first == UInt8(ascii: "-") {
            return digits(word.dropFirst(), radix: 10) == nil ? nil : 0
        }
        return digits(word, radix: 10)
    }

    static func hexadecimal(_ word: ArraySlice<UInt8>) -> UInt64? {
        digits(word, radix: 16)
    }

    private static func digits(_ word: ArraySlice<UInt8>, radix: UInt64) -> UInt64? {
        if word.isEmpty { return nil }
        var number: UInt64 = 0
        for byte in word {
            let digit: UInt64
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                digit = UInt64(byte - UInt8(ascii: "a")) + 10
            default: return nil
            }
            guard digit < radix else { return nil }
            let (product, over) = number.multipliedReportingOverflow(by: radix)
            let (sum, carried) = product.addingReportingOverflow(digit)
            if over || carried { return nil }
            number = sum
        }
        return number
    }
}
