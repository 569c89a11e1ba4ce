import ArgumentParser
import Glibc

/// The one JSON line with which a command ends.
struct Report {
    enum Value {
        case count(UInt64)
        case number(Double)
        case text(String)
        case list([Report])
    }

    private var fields: [(name: String, value: Value)] = []

    init() {}

    init(command: String) {
        add("command", .text(command))
    }

    mutating func add(_ name: String, _ value: Value) {
        fields.append((name, value))
    }

    mutating func add(_ name: String, _ count: UInt64) {
        add(name, .count(count))
    }

    /// Adds the time taken, the rate per second of a count, and the reason of the end.
    mutating func add(seconds: Double, rateOf count: UInt64, unit: String, ending: Ending) {
        add("seconds", .number(seconds))
        add("rate", .number(seconds > 0 ? Double(count) / seconds : 0))
        add("rate_unit", .text("\(unit)/s"))
        add("ending", .text(ending.rawValue))
    }

    /// Prints the line, and throws the exit status unless the command did what it was told.
    func finish(_ ending: Ending, openEnded: Bool = false, failed: Bool = false) throws {
        print(json)
        fflush(nil)
        switch ending {
        case .complete, .idle: if failed { throw ExitCode(1) }
        case .timeout: throw ExitCode(3)
        case .interrupted: if !openEnded { throw ExitCode(130) }
        }
    }

    private var json: String {
        let members = fields.map { "\(Self.quoted($0.name)):\(Self.encoded($0.value))" }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static func encoded(_ value: Value) -> String {
        switch value {
        case .count(let count): "\(count)"
        case .number(let number):
            number.isFinite ? "\((number * 1e6).rounded() / 1e6)" : "null"
        case .text(let text): quoted(text)
        case .list(let reports): "[" + reports.map(\.json).joined(separator: ",") + "]"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
