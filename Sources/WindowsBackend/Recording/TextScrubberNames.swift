/// Names that people gave.
extension TextScrubber {
    /// Members of JSON, and keys of vfpctrl, whose values are names that people gave.
    private static let nameKeys: Set<String> = [
        "name", "virtualnetworkname", "domain", "dnssuffix", "owner", "group", "friendlyname",
        "portfriendlyname", "switchfriendlyname", "nicfriendlyname", "vmname", "hostname",
        "description", "networkadaptername", "id:friendly",
    ]

    /// Line by line: `"Name" : "value"` of JSON, however many stand in a line, and `Key : value`.
    mutating func names(in text: [UInt8]) -> [UInt8] {
        var scrubbed: [UInt8] = []
        scrubbed.reserveCapacity(text.count)
        var place = 0
        var lineStart = 0
        while place < text.count {
            let byte = text[place]
            if byte == UInt8(ascii: "\n") { lineStart = place + 1 }
            if byte == UInt8(ascii: "\""), let member = Self.member(text, at: place),
                Self.nameKeys.contains(member.key)
            {
                scrubbed += text[place..<member.value.lowerBound]
                scrubbed += replaced(text[member.value])
                place = member.value.upperBound
                continue
            }
            if byte == UInt8(ascii: ":"),
                let value = Self.value(text, line: lineStart, colon: place)
            {
                scrubbed += text[place..<value.lowerBound]
                scrubbed += replaced(text[value])
                place = value.upperBound
                continue
            }
            scrubbed.append(byte)
            place += 1
        }
        return scrubbed
    }

    private mutating func replaced(_ value: ArraySlice<UInt8>) -> [UInt8] {
        let name = String(decoding: value, as: UTF8.self)
        let standIn = book.standIn(forName: name)
        return standIn == name ? Array(value) : Array(standIn.utf8)
    }

    /// A quoted key at `place` and the quoted value behind it, without the quotes.
    private static func member(
        _ text: [UInt8], at place: Int
    ) -> (key: String, value: Range<Int>)? {
        guard let keyEnd = closingQuote(text, from: place + 1), keyEnd - place < 40 else {
            return nil
        }
        var next = keyEnd + 1
        while next < text.count, [0x20, 0x09, 0x3A].contains(text[next]) { next += 1 }
        guard next < text.count, text[keyEnd + 1..<next].contains(UInt8(ascii: ":")),
            text[next] == UInt8(ascii: "\""), let end = closingQuote(text, from: next + 1)
        else { return nil }
        return (key(text[place + 1..<keyEnd]), next + 1..<end)
    }

    private static func closingQuote(_ text: [UInt8], from start: Int) -> Int? {
        var place = start
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "\\"): place += 1
            case UInt8(ascii: "\""): return place
            case UInt8(ascii: "\n"): return nil
            default: break
            }
            place += 1
        }
        return nil
    }

    /// Of a line without quotes, `  NIC Friendly name : value`.
    private static func value(_ text: [UInt8], line: Int, colon: Int) -> Range<Int>? {
        let before = text[line..<colon]
        guard before.count < 60, !before.contains(UInt8(ascii: "\"")),
            nameKeys.contains(key(before))
        else { return nil }
        var start = colon + 1
        while start < text.count, text[start] == 0x20 || text[start] == 0x3A { start += 1 }
        var end = start
        while end < text.count, text[end] != 0x0A, text[end] != 0x0D { end += 1 }
        return start < end ? start..<end : nil
    }

    private static func key(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.filter { $0 > 0x20 }.map(\.lowercased), as: UTF8.self)
    }
}
