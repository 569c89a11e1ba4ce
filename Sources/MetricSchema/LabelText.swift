/// Label pairs as the exposition writes them: `a="1",b="2"`, values escaped. Empty values are left out,
/// since to Prometheus an empty label and no label are the same thing. Holds the labels of many samples
/// one behind the other; `begin()` starts the next.
package struct LabelText: Sendable {
    package private(set) var bytes: [UInt8] = []
    private var start = 0

    package init() {}

    package mutating func begin() {
        start = bytes.count
    }

    package mutating func append(name: String, value: String) {
        if value.isEmpty { return }
        if bytes.count > start { bytes.append(UInt8(ascii: ",")) }
        append(verbatim: name)
        bytes.append(UInt8(ascii: "="))
        bytes.append(UInt8(ascii: "\""))
        if value.utf8.contains(where: Self.isEscaped) {
            append(escaping: value)
        } else {
            append(verbatim: value)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func isEscaped(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\n")
    }

    /// In one copy: nearly every name and value there is.
    private mutating func append(verbatim text: String) {
        var text = text
        text.withUTF8 { bytes.append(contentsOf: $0) }
    }

    private mutating func append(escaping text: String) {
        for byte in text.utf8 {
            if Self.isEscaped(byte) { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte == UInt8(ascii: "\n") ? UInt8(ascii: "n") : byte)
        }
    }

    /// Appends pairs that are written already, as a sample of its own.
    package mutating func append(written pairs: some Collection<UInt8>) {
        begin()
        bytes.append(contentsOf: pairs)
    }

    /// Appends everything another text holds, as samples of their own.
    package mutating func append(samplesOf other: LabelText) {
        bytes.append(contentsOf: other.bytes)
    }
}
