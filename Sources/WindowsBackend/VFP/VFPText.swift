/// What vfpctrl writes as text, line by line: `key : value`, indented or not, CRLF or LF. Sentences of the
/// system's language are lines too; a reader takes those whose key it knows and no other.
struct VFPText {
    struct Line: Equatable {
        /// Without any space: one layout writes `Port name`, another `PortName`.
        let key: String
        /// Without space around it.
        let value: String
        /// The whole, without space around it.
        let text: String
    }

    let lines: [Line]

    init(_ bytes: [UInt8]) {
        var lines: [Line] = []
        for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            let text = Self.trimmed(line)
            if text.isEmpty { continue }
            let colon = text.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
            // `Port type:   : Synthetic` has two.
            let value = text[colon...].drop { $0 == UInt8(ascii: ":") || $0 <= 0x20 }
            lines.append(
                Line(
                    key: Self.string(text[..<colon].filter { $0 > 0x20 }),
                    value: Self.string(value),
                    text: Self.string(text)))
        }
        self.lines = lines
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes.drop { $0 <= 0x20 }
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        return bytes
    }

    /// In the system's code page, of which ASCII is all that is looked at.
    private static func string(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: Array(bytes), as: UTF8.self)
    }
}

/// Bytes that are neither JSON nor text of the kind that was asked for.
package struct VFPError: Error, Equatable, CustomStringConvertible {
    package let problem: String
    package var description: String { "vfpctrl: \(problem)" }

    init(_ problem: String) { self.problem = problem }

    /// What was said instead, as far as a line of a log can bear.
    init(unexpected bytes: [UInt8], in place: String) {
        let line = VFPText(Array(bytes.prefix(400))).lines.first?.text ?? "nothing"
        self.init("\(place): \(line.prefix(120))")
    }
}

extension [UInt8] {
    /// Whether vfpctrl was asked for JSON, or writes it of itself.
    var isJSON: Bool {
        first { $0 > 0x20 }.map { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") } ?? false
    }
}
