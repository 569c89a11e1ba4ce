/// MAC addresses.
extension TextScrubber {
    /// Six pairs with the same mark between them; without marks only where the text before says that it is
    /// one, because a count has twelve digits too.
    mutating func mac(_ run: ArraySlice<UInt8>, after before: [UInt8]) -> [UInt8]? {
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
