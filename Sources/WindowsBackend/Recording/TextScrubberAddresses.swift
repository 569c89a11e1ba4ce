import Observability

/// Addresses, within whatever stands around them.
extension TextScrubber {
    /// Every run of characters that addresses are made of. A GUID is such a run too, and none.
    mutating func addresses(in text: [UInt8]) -> [UInt8] {
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
