import ArgumentParser

/// The DNS record types which a question can be asked for.
enum DNSType: String, CaseIterable, ExpressibleByArgument {
    case a = "A"
    case ns = "NS"
    case cname = "CNAME"
    case ptr = "PTR"
    case mx = "MX"
    case txt = "TXT"
    case aaaa = "AAAA"
    case srv = "SRV"
    case https = "HTTPS"

    var code: UInt16 {
        switch self {
        case .a: 1
        case .ns: 2
        case .cname: 5
        case .ptr: 12
        case .mx: 15
        case .txt: 16
        case .aaaa: 28
        case .srv: 33
        case .https: 65
        }
    }
}

/// The question of a DNS message.
struct DNSQuestion {
    let labels: [[UInt8]]
    let type: UInt16
    /// Where the question ends in its message.
    let end: Int

    /// Reads the only question of a query; nil when the message is anything else.
    init?(query: some RandomAccessCollection<UInt8>) {
        let bytes = Array(query)
        guard bytes.count >= 12, bytes[2] & 0xF8 == 0, bytes[4] == 0, bytes[5] == 1 else {
            return nil
        }
        var labels: [[UInt8]] = []
        var offset = 12
        while true {
            guard offset < bytes.count, bytes[offset] < 64 else { return nil }
            let length = Int(bytes[offset])
            offset += 1
            if length == 0 { break }
            guard offset + length <= bytes.count else { return nil }
            labels.append(Array(bytes[offset..<offset + length]))
            offset += length
        }
        guard offset + 4 <= bytes.count else { return nil }
        self.labels = labels
        type = UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
        end = offset + 4
    }

    /// Whether the name is one which the server says does not exist.
    var isNonexistent: Bool {
        labels.first.map { $0.map { $0 | 0x20 } == Array("nx".utf8) } ?? false
    }
}

/// The encoding of DNS messages.
enum DNSMessage {
    /// Encodes a recursive query; nil when the name is not a domain name.
    static func query(id: UInt16, name: String, type: DNSType) -> [UInt8]? {
        var bytes: [UInt8] = [UInt8(id >> 8), UInt8(id & 0xFF), 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]
        var labels = name.split(separator: ".", omittingEmptySubsequences: false)
        if labels.last?.isEmpty == true { labels.removeLast() }
        for label in labels {
            guard (1...63).contains(label.utf8.count) else { return nil }
            bytes.append(UInt8(label.utf8.count))
            bytes += Array(label.utf8)
        }
        bytes += [0, UInt8(type.code >> 8), UInt8(type.code & 0xFF), 0, 1]
        return bytes.count <= 12 + 255 + 4 ? bytes : nil
    }

    /// Answers a query: 192.0.2.1 or 2001:db8::1, else without a record or with NXDOMAIN.
    static func response(to query: [UInt8], question: DNSQuestion) -> [UInt8] {
        var address: [UInt8]?
        switch question.type {
        case DNSType.a.code: address = [192, 0, 2, 1]
        case DNSType.aaaa.code:
            address = [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
        default: address = nil
        }
        if question.isNonexistent { address = nil }
        var bytes = Array(query[..<question.end])
        bytes[2] = 0x84 | (query[2] & 0x01)
        bytes[3] = 0x80 | (question.isNonexistent ? 3 : 0)
        bytes.replaceSubrange(6..<12, with: [0, address == nil ? 0 : 1, 0, 0, 0, 0])
        if let address {
            let type = [UInt8(question.type >> 8), UInt8(question.type & 0xFF)]
            bytes += [0xC0, 12] + type + [0, 1, 0, 0, 0, 60, 0, UInt8(address.count)] + address
        }
        return bytes
    }
}
