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
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: "="))
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\\"), UInt8(ascii: "\""):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case UInt8(ascii: "\n"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(UInt8(ascii: "n"))
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
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
