/// Names that people gave.
extension TextScrubber {
    /// Members of JSON, and keys of vfpctrl, whose values are names that people gave. VFP's rules go by their ID, and
    /// policies give them theirs; other IDs are GUIDs or containers', which are kept.
    private static let nameKeys: Set<String> = [
        "name", "virtualnetworkname", "domain", "dnssuffix", "search", "owner", "group",
        "friendlyname", "portfriendlyname", "switchfriendlyname", "nicfriendlyname", "vmname",
        "hostname", "description", "networkadaptername", "id", "rule",
    ]

    /// Line by line: `"Name" : "value"` of JSON, however many stand in a line, lists of values too, and `Key : value`.
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
                for value in member.values {
                    scrubbed += text[place..<value.lowerBound]
                    scrubbed += replaced(text[value])
                    place = value.upperBound
                }
                // The quote behind it, which opens nothing.
                scrubbed.append(text[place])
                place += 1
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

    /// A quoted key at `place` and the quoted values behind it, one or a list, without the quotes. Nil where there are
    /// none.
    private static func member(
        _ text: [UInt8], at place: Int
    ) -> (key: String, values: [Range<Int>])? {
        guard let keyEnd = closingQuote(text, from: place + 1), keyEnd - place < 40 else {
            return nil
        }
        var next = afterSpace(text, keyEnd + 1)
        guard next < text.count, text[next] == UInt8(ascii: ":") else { return nil }
        next = afterSpace(text, next + 1)
        guard next < text.count else { return nil }
        let isList = text[next] == UInt8(ascii: "[")
        if isList { next = afterSpace(text, next + 1) }
        var values: [Range<Int>] = []
        while next < text.count, text[next] == UInt8(ascii: "\""),
            let end = closingQuote(text, from: next + 1)
        {
            values.append(next + 1..<end)
            next = afterSpace(text, end + 1)
            guard isList, next < text.count, text[next] == UInt8(ascii: ",") else { break }
            next = afterSpace(text, next + 1)
        }
        return values.isEmpty ? nil : (key(text[place + 1..<keyEnd]), values)
    }

    private static func afterSpace(_ text: [UInt8], _ place: Int) -> Int {
        var place = place
        while place < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[place]) { place += 1 }
        return place
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
