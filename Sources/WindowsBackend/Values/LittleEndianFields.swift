/// A struct of Windows as bytes; numbers are little-endian, as they are on every Windows there is. A field
/// beyond the end is nil.
struct LittleEndianFields {
    let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    func number<I: FixedWidthInteger>(at offset: Int, as _: I.Type = I.self) -> I? {
        let size = MemoryLayout<I>.size
        guard offset >= 0, offset <= bytes.count - size else { return nil }
        let start = bytes.startIndex + offset
        var number: I = 0
        for byte in bytes[start..<start + size].reversed() { number = number << 8 | I(byte) }
        return number
    }

    func byte(at offset: Int) -> UInt8? {
        offset >= 0 && offset < bytes.count ? bytes[bytes.startIndex + offset] : nil
    }

    /// UTF-16 up to a zero or `limit` units. Halves of pairs become U+FFFD.
    func text(at offset: Int, limit: Int) -> String? {
        guard offset >= 0, limit >= 0, offset <= bytes.count - 2 * limit else { return nil }
        var units: [UInt16] = []
        for place in 0..<limit {
            guard let unit = number(at: offset + 2 * place, as: UInt16.self), unit != 0 else {
                break
            }
            units.append(unit)
        }
        return String(decoding: units, as: UTF16.self)
    }
}

/// Rows of one size, one behind the other.
struct LittleEndianRows: Sequence {
    private let bytes: [UInt8]
    private let size: Int

    /// Nil where the bytes are not whole rows.
    init?(_ bytes: [UInt8], size: Int) {
        guard bytes.count.isMultiple(of: size) else { return nil }
        self.bytes = bytes
        self.size = size
    }

    func makeIterator() -> some IteratorProtocol<LittleEndianFields> {
        stride(from: 0, to: bytes.count, by: size).lazy
            .map { LittleEndianFields(bytes[$0..<$0 + size]) }.makeIterator()
    }
}
