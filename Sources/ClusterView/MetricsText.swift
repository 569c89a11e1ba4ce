/// A scrape in Prometheus' text format 0.0.4, as far as it is of the metrics that are asked for.
package struct MetricsText: Sendable {
    package typealias Labels = [String: String]

    private var families: [String: [Labels: Double]] = [:]

    /// Nil for `wanted` keeps everything. Every line is read, also those that are not kept: an answer that is damaged
    /// anywhere is refused whole.
    package init(
        parsing bytes: [UInt8], keeping wanted: Set<String>? = nil
    ) throws(MetricsTextError) {
        var start = 0
        var number = 1
        while start < bytes.count {
            guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else {
                throw MetricsTextError(line: number, problem: "the answer breaks off")
            }
            var line = MetricsLine(bytes[start..<end], number: number)
            if let sample = try line.sample(keeping: wanted) {
                let labels = sample.labels
                if families[sample.name, default: [:]].updateValue(sample.value, forKey: labels)
                    != nil
                {
                    throw MetricsTextError(
                        line: number, problem: "\(sample.name) is there twice with the same labels")
                }
            }
            start = end + 1
            number += 1
        }
    }

    /// Every series of a metric; none where it is not there.
    package subscript(_ name: String) -> [Labels: Double] { families[name] ?? [:] }

    /// The value of a metric without labels.
    package func single(_ name: String) -> Double? { self[name][[:]] }

    /// Names that were kept and found.
    package var names: Dictionary<String, [Labels: Double]>.Keys { families.keys }
}

/// The line of a scrape that cannot be read, and why.
package struct MetricsTextError: Error, Equatable, CustomStringConvertible {
    package let line: Int
    package let problem: String
    package var description: String { "line \(line) of its metrics: \(problem)" }
}

/// Reads one line, from its start to its end.
private struct MetricsLine {
    struct Sample {
        let name: String
        let labels: MetricsText.Labels
        let value: Double
    }

    private var rest: ArraySlice<UInt8>
    private let number: Int

    init(_ bytes: ArraySlice<UInt8>, number: Int) {
        rest = bytes
        self.number = number
    }

    /// Nil for comments, empty lines and what is not wanted.
    mutating func sample(keeping wanted: Set<String>?) throws(MetricsTextError) -> Sample? {
        skipSpace()
        if rest.isEmpty || rest.first == UInt8(ascii: "#") { return nil }
        let name = try word(allowing: UInt8(ascii: ":"), "a metric's name")
        skipSpace()
        let labels = take("{") ? try self.labels() : [:]
        skipSpace()
        let value = try self.value()
        skipSpace()
        if !rest.isEmpty {
            guard Int64(field()) != nil else { throw problem("its time is no number") }
            skipSpace()
            if !rest.isEmpty { throw problem("there is more after its time") }
        }
        if let wanted, !wanted.contains(name) { return nil }
        return Sample(name: name, labels: labels, value: value)
    }

    private mutating func labels() throws(MetricsTextError) -> MetricsText.Labels {
        var labels: MetricsText.Labels = [:]
        while true {
            skipSpace()
            if take("}") { return labels }
            let name = try word(allowing: nil, "a label's name")
            skipSpace()
            guard take("=") else { throw problem("no = after label \(name)") }
            skipSpace()
            if labels.updateValue(try quoted(name), forKey: name) != nil {
                throw problem("label \(name) is there twice")
            }
            skipSpace()
            if take(",") { continue }
            guard take("}") else { throw problem("labels do not end") }
            return labels
        }
    }

    private mutating func quoted(_ label: String) throws(MetricsTextError) -> String {
        guard take("\"") else { throw problem("label \(label) has no value") }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw problem("label \(label) is no UTF-8")
                }
                return text
            case UInt8(ascii: "\\"):
                switch rest.popFirst() {
                case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
                case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
                case UInt8(ascii: "\""): bytes.append(UInt8(ascii: "\""))
                default: throw problem("label \(label) has an unknown escape")
                }
            default: bytes.append(byte)
            }
        }
        throw problem("label \(label) does not end")
    }

    private mutating func value() throws(MetricsTextError) -> Double {
        let text = field()
        guard let value = Double(text) else { throw problem("'\(text)' is no number") }
        return value
    }

    private mutating func word(
        allowing other: UInt8?, _ what: String
    ) throws(MetricsTextError) -> String {
        let end = rest.firstIndex { !Self.isWord($0) && $0 != other } ?? rest.endIndex
        guard let first = rest.first, end > rest.startIndex, !Self.isDigit(first) else {
            throw problem("expected \(what)")
        }
        defer { rest = rest[end...] }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    private mutating func field() -> String {
        let end = rest.firstIndex(where: Self.isSpace) ?? rest.endIndex
        defer { rest = rest[end...] }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipSpace() {
        rest = rest.drop(while: Self.isSpace)
    }

    private func problem(_ text: String) -> MetricsTextError {
        MetricsTextError(line: number, problem: text)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: "_")
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
