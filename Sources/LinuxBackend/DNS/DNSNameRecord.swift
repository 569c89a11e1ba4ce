package import MetricSchema

/// One DNS message as the program sends it to be counted by name: a `dns_record`, then the message's header and
/// first name as they are on the wire (RFC 1035 section 4.1).
package struct DNSNameRecord: Sendable, Equatable {
    package let endpoint: UInt16
    package let role: DNSRole
    /// Nil for a query.
    package let code: DNSResponseCode?
    /// In lower case, labels joined by dots, none behind the last; `.` is the root. Nil where the message has no
    /// question. Bytes that are no printable ASCII are written `\ddd`, dots within labels `\.`.
    package let name: String?

    package enum Problem: Error, Equatable {
        case tooShort(Int)
        case wrongLength(said: Int, found: Int)
        case unknownPlace(UInt8)
        case badLabel(at: Int)
    }

    private static let prefix = 8
    private static let header = 12

    /// `bytes` may be longer than the record: the ring rounds up to eight.
    package init(parsing bytes: [UInt8]) throws(Problem) {
        guard bytes.count >= Self.prefix + Self.header else { throw .tooShort(bytes.count) }
        endpoint = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
        guard let role = DNSRole(place: bytes[2]) else { throw .unknownPlace(bytes[2]) }
        self.role = role
        if bytes[3] == 0 {
            code = nil
        } else {
            guard let code = DNSResponseCode(place: bytes[4]) else {
                throw .unknownPlace(bytes[4])
            }
            self.code = code
        }
        let length = Int(bytes[6]) | Int(bytes[7]) << 8
        guard length >= Self.header, Self.prefix + length <= bytes.count else {
            throw .wrongLength(said: length, found: bytes.count - Self.prefix)
        }
        name = try Self.name(bytes[(Self.prefix + Self.header)..<(Self.prefix + length)])
    }

    private static func name(_ wire: ArraySlice<UInt8>) throws(Problem) -> String? {
        if wire.isEmpty { return nil }
        var text: [UInt8] = []
        var place = wire.startIndex
        while true {
            guard place < wire.endIndex else { throw .badLabel(at: place) }
            let length = Int(wire[place])
            place += 1
            if length == 0 { break }
            guard length < 64, place + length < wire.endIndex else { throw .badLabel(at: place) }
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            for byte in wire[place..<place + length] { append(byte, to: &text) }
            place += length
        }
        guard place == wire.endIndex else { throw .badLabel(at: place) }
        return text.isEmpty ? "." : String(decoding: text, as: UTF8.self)
    }

    private static func append(_ byte: UInt8, to text: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): text.append(byte | 0x20)
        case UInt8(ascii: "."), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
        case 0x21...0x7e: text.append(byte)
        default:
            let zero = UInt8(ascii: "0")
            text += [
                UInt8(ascii: "\\"), zero + byte / 100, zero + byte / 10 % 10, zero + byte % 10,
            ]
        }
    }
}
