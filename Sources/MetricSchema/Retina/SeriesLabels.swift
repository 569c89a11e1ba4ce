/// The labels of a written series, to be looked at again. A label that is not there is empty, as it is to Prometheus.
package struct SeriesLabels: Sendable {
    package let pairs: [(name: String, value: String)]

    /// `text` is as `LabelText` writes it.
    package init(_ text: some Collection<UInt8>) {
        var pairs: [(name: String, value: String)] = []
        var rest = text[...]
        while let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
            let name = String(decoding: rest[..<equals], as: UTF8.self)
            rest = rest[equals...].dropFirst(2)
            let (value, length) = Self.value(rest)
            pairs.append((name, value))
            rest = rest.dropFirst(length + 2)  // the quotation mark and the comma
        }
        self.pairs = pairs
    }

    package subscript(_ name: String) -> String {
        pairs.first { $0.name == name }?.value ?? ""
    }

    /// What stands before the closing quotation mark, and how long it is as written.
    private static func value(_ text: some Collection<UInt8>) -> (value: String, length: Int) {
        var length = 0
        var isEscaped = false
        var hasEscapes = false
        for byte in text {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
                hasEscapes = true
            } else if byte == UInt8(ascii: "\"") {
                break
            }
            length += 1
        }
        let written = text.prefix(length)
        if !hasEscapes { return (String(decoding: written, as: UTF8.self), length) }
        var plain: [UInt8] = []
        isEscaped = false
        for byte in written {
            if isEscaped {
                plain.append(byte == UInt8(ascii: "n") ? UInt8(ascii: "\n") : byte)
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                plain.append(byte)
            }
        }
        return (String(decoding: plain, as: UTF8.self), length)
    }
}
