/// Reads JSON (RFC 8259) from bytes nobody vouches for: every access is checked and nesting is
/// limited, so that no input can crash it or exhaust the stack. Invalid UTF-8 in a string becomes
/// U+FFFD, because a damaged name must not cost the numbers beside it.
struct JSONReader {
    static let depthLimit = 64

    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        if offset < bytes.count { throw error("text after the document") }
        return value
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        if depth > Self.depthLimit { throw error("nested more than \(Self.depthLimit) deep") }
        skipSpace()
        guard let first = peek else { throw error("the text ends where a value belongs") }
        switch first {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("no value begins like this")
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        offset += 1
        var members: [JSONValue.Member] = []
        if take("}") { return .object(members) }
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw error("expected a member's name") }
            let name = try string()
            guard take(":") else { throw error("expected ':'") }
            members.append(JSONValue.Member(name, try value(depth: depth + 1)))
        } while take(",")
        guard take("}") else { throw error("expected ',' or '}'") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        offset += 1
        var values: [JSONValue] = []
        if take("]") { return .array(values) }
        repeat { values.append(try value(depth: depth + 1)) } while take(",")
        guard take("]") else { throw error("expected ',' or ']'") }
        return .array(values)
    }

    private mutating func word(
        _ word: StaticString, _ value: JSONValue
    ) throws(JSONError) -> JSONValue {
        guard bytes[offset...].starts(with: "\(word)".utf8) else {
            throw error("expected '\(word)'")
        }
        offset += word.utf8CodeUnitCount
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = offset
        var isWhole = peek != UInt8(ascii: "-")
        if !isWhole { offset += 1 }
        if peek == UInt8(ascii: "0") { offset += 1 } else { try digits() }
        if peek == UInt8(ascii: ".") {
            isWhole = false
            offset += 1
            try digits()
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            isWhole = false
            offset += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { offset += 1 }
            try digits()
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        if isWhole, let count = UInt64(text) { return .count(count) }
        guard let number = Double(text) else { throw error("not a number") }
        return .number(number)
    }

    private mutating func digits() throws(JSONError) {
        let start = offset
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            offset += 1
        }
        if offset == start { throw error("expected a digit") }
    }

    // MARK: Strings

    /// From the opening quote to past the closing one.
    private mutating func string() throws(JSONError) -> String {
        offset += 1
        var text: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                offset += 1
                try escape(into: &text)
            case 0..<0x20:
                throw error("control character in a string")
            default:
                text.append(byte)
                offset += 1
            }
        }
        throw error("the text ends within a string")
    }

    /// After the backslash.
    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        let letter = peek
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter ?? 0)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            // UTF-16: a pair of surrogates is two escapes. Half a pair becomes U+FFFD.
            var units: [UInt16] = []
            while peek == UInt8(ascii: "u") {
                offset += 1
                units.append(try hexadecimal())
                guard bytes[offset...].starts(with: "\\u".utf8) else { break }
                offset += 1
            }
            text.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
            return
        default: throw error("unknown escape in a string")
        }
        offset += 1
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("expected four hexadecimal digits")
            }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }

    // MARK: Bytes

    private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            offset += 1
        }
    }

    /// Skips space and then the byte, if it is there.
    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        skipSpace()
        guard peek == UInt8(ascii: byte) else { return false }
        offset += 1
        return true
    }

    private func error(_ problem: String) -> JSONError {
        JSONError(problem: problem, offset: offset)
    }
}
