/// Reads an exposition back, as strictly as the formats are written down. Shares nothing with the
/// writer.
struct ExpositionParser {
    struct Family: Equatable {
        var help: String?
        var type: String?
        var unit: String?
        /// Values as text, by labels; a histogram's lines by `part` besides: bucket, sum or count.
        var samples: [[String: String]: String] = [:]
    }

    struct SyntaxError: Error, CustomStringConvertible {
        let line: Int
        let problem: String
        var description: String { "line \(line): \(problem)" }
    }

    private(set) var families: [String: Family] = [:]
    private(set) var names: [String] = []
    private(set) var hasEnd = false
    private var current = ""
    private var line = 0

    init(_ text: String) throws(SyntaxError) {
        guard text.isEmpty || text.hasSuffix("\n") else { throw error("no newline at the end") }
        for bytes in text.utf8.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
        ).dropLast() {
            line += 1
            if hasEnd { throw error("text after # EOF") }
            let text = String(Substring(bytes))
            if text == "# EOF" {
                hasEnd = true
            } else if text.hasPrefix("# ") {
                try readComment(text)
            } else {
                try readSample(text)
            }
        }
    }

    private func error(_ problem: String) -> SyntaxError {
        SyntaxError(line: line, problem: problem)
    }

    private mutating func readComment(_ text: String) throws(SyntaxError) {
        let words = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(
            String.init)
        guard words.count == 4 else { throw error("not a comment of ours: \(text)") }
        let name = words[2]
        if words[1] == "HELP" {
            guard families[name] == nil else { throw error("family \(name) twice") }
            families[name] = Family(help: words[3])
            names.append(name)
            current = name
            return
        }
        guard name == current, families[name]?.samples.isEmpty == true else {
            throw error("\(words[1]) not under its HELP")
        }
        switch words[1] {
        case "TYPE" where families[name]?.type == nil: families[name]?.type = words[3]
        case "UNIT" where families[name]?.unit == nil: families[name]?.unit = words[3]
        default: throw error("\(words[1]) twice or unknown")
        }
    }

    /// Byte by byte: a combining mark after a quote is no part of it.
    private mutating func readSample(_ text: String) throws(SyntaxError) {
        var rest = Array(text.utf8)[...]
        let name = read(&rest, until: "{ ")
        var labels: [String: String] = [:]
        if families[current]?.type == "histogram" {
            let part = name.dropFirst(current.count + 1)
            guard name.hasPrefix(current + "_"), ["bucket", "sum", "count"].contains(part) else {
                throw error("\(name) under the histogram \(current)")
            }
            labels["part"] = String(part)
        } else if name != current, name != current + "_total" {
            throw error("\(name) under \(current)")
        }
        if rest.first == UInt8(ascii: "{") {
            repeat {
                rest.removeFirst()
                let label = read(&rest, until: "=")
                guard rest.starts(with: "=\"".utf8) else { throw error("no value for \(label)") }
                rest.removeFirst(2)
                guard labels.updateValue(try readValue(&rest), forKey: label) == nil else {
                    throw error("label \(label) twice")
                }
            } while rest.first == UInt8(ascii: ",")
            guard rest.popFirst() == UInt8(ascii: "}") else { throw error("neither , nor }") }
        }
        guard rest.popFirst() == UInt8(ascii: " ") else { throw error("no value") }
        let value = read(&rest, until: " ")
        guard rest.isEmpty, !value.isEmpty else { throw error("not one value") }
        guard families[current]?.samples.updateValue(value, forKey: labels) == nil else {
            throw error("series twice")
        }
    }

    private func read(_ rest: inout ArraySlice<UInt8>, until ends: String) -> String {
        let taken = rest.prefix { !ends.utf8.contains($0) }
        rest.removeFirst(taken.count)
        return String(decoding: taken, as: UTF8.self)
    }

    /// Up to the closing quote, escapes undone.
    private func readValue(_ rest: inout ArraySlice<UInt8>) throws(SyntaxError) -> String {
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return String(decoding: value, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\") else {
                value.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "n"): value.append(UInt8(ascii: "\n"))
            case UInt8(ascii: "\\"): value.append(UInt8(ascii: "\\"))
            case UInt8(ascii: "\""): value.append(UInt8(ascii: "\""))
            default: throw error("unknown escape")
            }
        }
        throw error("value without an end")
    }
}
