/// Writes structs of Windows: little-endian, at offsets.
struct ByteBuilder {
    private(set) var bytes: [UInt8]

    init(size: Int = 0) {
        bytes = Array(repeating: 0, count: size)
    }

    mutating func put<I: FixedWidthInteger>(_ value: I, at offset: Int) {
        for (place, byte) in Self.bytes(value).enumerated() { bytes[offset + place] = byte }
    }

    mutating func put(_ text: String, at offset: Int) {
        for (place, unit) in text.utf16.enumerated() { put(unit, at: offset + 2 * place) }
    }

    mutating func append<I: FixedWidthInteger>(_ value: I) {
        bytes += Self.bytes(value)
    }

    mutating func append(_ text: String) {
        for unit in text.utf16 { append(unit) }
        append(UInt16(0))
    }

    mutating func append(_ more: [UInt8]) {
        bytes += more
    }

    private static func bytes<I: FixedWidthInteger>(_ value: I) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
