import Observability

/// Replaces what identifies a node in text, whatever its form, and leaves the rest as it stands, to the byte:
/// the text may be in any code page.
struct TextScrubber {
    /// Members of JSON, and keys of vfpctrl, whose values are names that people gave.
    private static let nameKeys: Set<String> = [
        "name", "virtualnetworkname", "domain", "dnssuffix", "owner", "group", "friendlyname",
        "portfriendlyname", "switchfriendlyname", "nicfriendlyname", "vmname", "hostname",
        "description", "networkadaptername", "id:friendly",
    ]

    private var book: AddressBook
    /// Names of the machine, in lower case.
    private let hosts: [[UInt8]]

    init(hostNames: [String], hashesNames: Bool) {
        book = AddressBook(hashesNames: hashesNames)
        hosts = hostNames.filter { $0.utf8.count > 2 }.map { Array($0.lowercased().utf8) }
            .sorted { $0.count > $1.count }
    }

    mutating func standIn(for address: IPAddress) -> IPAddress { book.standIn(for: address) }
    mutating func standIn(forMAC mac: UInt64) -> UInt64 { book.standIn(forMAC: mac) }
    mutating func standIn(forName name: String) -> String { book.standIn(forName: name) }

    mutating func scrub(_ text: String) -> String {
        String(decoding: scrub(Array(text.utf8)), as: UTF8.self)
    }

    mutating func scrub(_ text: [UInt8]) -> [UInt8] {
        addresses(in: names(in: hostNames(in: text)))
    }

    // MARK: Host names

    private func hostNames(in text: [UInt8]) -> [UInt8] {
        if hosts.isEmpty { return text }
        var scrubbed: [UInt8] = []
        scrubbed.reserveCapacity(text.count)
        var place = 0
        while place < text.count {
            let host = hosts.first { host in
                text.count - place >= host.count
                    && text[place..<place + host.count].elementsEqual(host) {
                        $0.lowercased == $1
                    }
            }
            if let host {
                scrubbed += Array("node".utf8)
                place += host.count
            } else {
                scrubbed.append(text[place])
                place += 1
            }
        }
        return scrubbed
    }

    // MARK: Names

    /// Line by line: `"Name" : "value"` of JSON, however many stand in a line, and `Key : value`.
    private mutating func names(in text: [UInt8]) -> [UInt8] {
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

    // MARK: Addresses

    /// Every run of characters that addresses are made of. A GUID is such a run too, and none.
    private mutating func addresses(in text: [UInt8]) -> [UInt8] {
        var scrubbed: [UInt8] = []
        scrubbed.reserveCapacity(text.count)
        var place = 0
        while place < text.count {
            guard text[place].isOfAddress else {
                scrubbed.append(text[place])
                place += 1
                continue
            }
            var end = place
            while end < text.count, text[end].isOfAddress { end += 1 }
            let word = Word(
                run: text[place..<end], before: text[max(0, place - 40)..<place],
                beginsWithin: place > 0 && text[place - 1].isLetter,
                endsWithin: end < text.count && text[end].isLetter)
            scrubbed += scrub(word)
            place = end
        }
        return scrubbed
    }

    /// A run, and whether letters that no address has stand right before or behind it: `feature`.
    private struct Word {
        var run: ArraySlice<UInt8>
        let before: ArraySlice<UInt8>
        let beginsWithin: Bool
        let endsWithin: Bool
    }

    private mutating func scrub(_ word: Word) -> [UInt8] {
        // What stands around an address in a sentence: `at:10.0.0.1`, `10.0.0.1.`, `[::1]:53`.
        let marks: [UInt8] = [UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "-")]
        var body = word.run
        while let first = body.first, marks.contains(first), !body.starts(with: "::".utf8) {
            body = body.dropFirst()
        }
        while let last = body.last, marks.contains(last), !body.reversed().starts(with: "::".utf8) {
            body = body.dropLast()
        }
        let head = Array(word.run[..<body.startIndex])
        let tail = Array(word.run[body.endIndex...])
        let beginsWithin = word.beginsWithin && head.isEmpty
        let endsWithin = word.endsWithin && tail.isEmpty
        if !beginsWithin, !endsWithin {
            if let mac = mac(body, after: Array(word.before)) { return head + mac + tail }
            let text = String(decoding: body, as: UTF8.self)
            if let address = IPAddress(text) { return head + written(address, as: text) + tail }
        }
        return head + parts(of: body, beginsWithin, endsWithin) + tail
    }

    /// IPv4 addresses among what colons and dashes keep apart: `10.0.0.1:443`, `node-10.0.0.1`.
    private mutating func parts(
        of body: ArraySlice<UInt8>, _ beginsWithin: Bool, _ endsWithin: Bool
    ) -> [UInt8] {
        var scrubbed: [UInt8] = []
        var start = body.startIndex
        while start < body.endIndex {
            let end =
                body[start...].firstIndex { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "-") }
                ?? body.endIndex
            let text = String(decoding: body[start..<end], as: UTF8.self)
            let isCut =
                beginsWithin && start == body.startIndex || endsWithin && end == body.endIndex
            if !isCut, let address = IPAddress(text) {
                scrubbed += written(address, as: text)
            } else {
                scrubbed += body[start..<end]
            }
            if end < body.endIndex { scrubbed.append(body[end]) }
            start = min(end + 1, body.endIndex)
        }
        return scrubbed
    }

    private mutating func written(_ address: IPAddress, as text: String) -> [UInt8] {
        let standIn = book.standIn(for: address)
        if standIn == address { return Array(text.utf8) }
        let isMapped = address.isV4 && text.contains(":")
        return Array(((isMapped ? "::ffff:" : "") + "\(standIn)").utf8)
    }

    /// Six pairs with the same mark between them; without marks only where the text before says that it is
    /// one, because a count has twelve digits too.
    private mutating func mac(_ run: ArraySlice<UInt8>, after before: [UInt8]) -> [UInt8]? {
        let bytes = Array(run)
        let mark: UInt8? = bytes.count == 17 ? bytes[2] : nil
        guard mark == UInt8(ascii: "-") || mark == UInt8(ascii: ":") || bytes.count == 12 else {
            return nil
        }
        if mark == nil {
            let said = String(decoding: before.map(\.lowercased), as: UTF8.self)
            guard let key = said.range(ofLast: "mac"), !key.contains("\n"), !key.contains(",")
            else {
                return nil
            }
        }
        var digits: [UInt8] = []
        for (place, byte) in bytes.enumerated() {
            if mark != nil, place % 3 == 2 {
                if byte != mark { return nil }
            } else if Character(Unicode.Scalar(byte)).isHexDigit {
                digits.append(byte)
            } else {
                return nil
            }
        }
        guard digits.count == 12,
            let mac = UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
        else { return nil }
        let isUpper = !digits.contains { (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
        let new = String(book.standIn(forMAC: mac), radix: 16, uppercase: isUpper)
        let padded = Array((String(repeating: "0", count: 12 - new.count) + new).utf8)
        guard let mark else { return padded }
        var marked: [UInt8] = []
        for (place, digit) in padded.enumerated() {
            if place > 0, place.isMultiple(of: 2) { marked.append(mark) }
            marked.append(digit)
        }
        return marked
    }
}

extension String {
    /// What stands behind the last `word`.
    fileprivate func range(ofLast word: String) -> Substring? {
        var found: Substring?
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(word) { found = rest.dropFirst(word.count) }
            rest = rest.dropFirst()
        }
        return found
    }
}

extension UInt8 {
    fileprivate var isOfAddress: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Beyond those of hexadecimal numbers.
    fileprivate var isLetter: Bool {
        switch self {
        case UInt8(ascii: "g")...UInt8(ascii: "z"), UInt8(ascii: "G")...UInt8(ascii: "Z"): true
        default: false
        }
    }
}
