import CWindowsNet
import TestSupport
import Testing

@testable import WindowsBackend

/// The same strings go through a real program under Wine in Tests/WindowsABI.
@Suite struct CommandLineTests {
    private func quoted(_ arguments: [String]) throws -> String {
        let bytes = try LiveCall.bytes("quote") {
            fovea_quote(LiveCall.strings(arguments), arguments.count, $0)
        }
        let units = stride(from: 0, to: bytes.count, by: 2).map {
            UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
        }
        #expect(units.last == 0)
        return String(decoding: units.dropLast(), as: UTF16.self)
    }

    /// Takes a command line apart as CommandLineToArgvW is documented to.
    private func parsed(_ line: String) -> [String] {
        var arguments: [String] = []
        var current: String?
        var inQuotes = false
        var backslashes = 0
        func flush() {
            if backslashes > 0 {
                current = (current ?? "") + String(repeating: "\\", count: backslashes)
                backslashes = 0
            }
        }
        for character in line {
            switch character {
            case "\\":
                backslashes += 1
            case "\"":
                let escaped = backslashes % 2 == 1
                backslashes /= 2
                flush()
                if escaped {
                    current = (current ?? "") + "\""
                } else {
                    inQuotes.toggle()
                    current = current ?? ""
                }
            case " " where !inQuotes, "\t" where !inQuotes:
                flush()
                if let argument = current { arguments.append(argument) }
                current = nil
            default:
                flush()
                current = (current ?? "") + String(character)
            }
        }
        flush()
        if let argument = current { arguments.append(argument) }
        return arguments
    }

    @Test("plain arguments are left as they are")
    func leavesPlain() throws {
        #expect(try quoted(["/port", "A-1", "/get-port-counter"]) == "/port A-1 /get-port-counter")
        #expect(try quoted(["C:\\a\\"]) == "C:\\a\\")
        #expect(try quoted(["C:\\a b\\", ""]) == #""C:\a b\\" """#)
        #expect(try quoted([#"say "hi\""#]) == #""say \"hi\\\"""#)
        #expect(try quoted([]) == "")
    }

    @Test("2 000 odd argument vectors come back as they were")
    func roundTrips() throws {
        var dice = SeededGenerator(seed: 7)
        let letters: [Character] = ["\\", "\"", " ", "\t", "a", "é", "😀", "&", "|", "%", "^", "'"]
        for _ in 0..<2_000 {
            let arguments = (0..<Int.random(in: 1...4, using: &dice)).map { _ in
                String(
                    (0..<Int.random(in: 0...8, using: &dice)).map { _ in
                        letters[Int.random(in: 0..<letters.count, using: &dice)]
                    })
            }
            #expect(parsed(try quoted(arguments)) == arguments)
        }
    }
}
