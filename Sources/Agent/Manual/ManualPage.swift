/// A command's manual page in man(7)'s macros, made from its own help.
package struct ManualPage: Sendable {
    private let command: CommandDescription
    private let version: String

    package init(_ command: CommandDescription, version: String) {
        self.command = command
        self.version = version
    }

    /// As man finds it: `fovea-migrate-retina`, which `man fovea migrate retina` asks for too.
    package var name: String { command.path.joined(separator: "-") }

    package var text: String {
        let help = ManualText(command.discussion ?? "")
        var text = ".\\\" Made by `make man`.\n"
        text += ".TH \(name.uppercased().roff) 1 \"\" \"Fovea \(version.roff)\" \"Fovea\"\n"
        text += Self.section("NAME", "\(name.roff) \\- \((command.abstract ?? "").sentence.roff)\n")
        text += Self.section("SYNOPSIS", synopsis)
        text += Self.section(
            "DESCRIPTION",
            Self.paragraph(command.abstract ?? "") + help.description)
        text += Self.section("COMMANDS", commands)
        text += Self.section("OPTIONS", options)
        text += Self.section("EXAMPLES", help.examples)
        text += Self.section("EXIT STATUS", help.exitCodes)
        text += Self.section("SEE ALSO", related)
        return text
    }

    /// As it is typed: kubectl takes its plugin's name for a word of its own.
    private var typed: String {
        let path = command.path.joined(separator: " ")
        return path.hasPrefix("kubectl-") ? "kubectl " + path.dropFirst("kubectl-".count) : path
    }

    private var shown: [CommandDescription.Argument] {
        (command.arguments ?? []).filter(\.shouldDisplay)
    }

    private var synopsis: String {
        var text = "\\fB\(typed.roff)\\fR"
        if !command.commands.isEmpty { text += " \\fICOMMAND\\fR" }
        for argument in shown where argument.kind != "positional" && !argument.isOptional {
            text += " \(Self.names(argument))"
        }
        if !shown.isEmpty { text += " [\\fIOPTION\\fR]..." }
        for argument in shown where argument.kind == "positional" {
            let name = "\\fI\((argument.valueName ?? "").uppercased().roff)\\fR"
            text += argument.isOptional ? " [\(name)]" : " \(name)"
            if argument.isRepeating { text += "..." }
        }
        return text + "\n"
    }

    private var commands: String {
        command.commands.map {
            ".TP\n\\fB\($0.commandName.roff)\\fR\n\(($0.abstract ?? "").roffLine)\n"
        }.joined()
    }

    private var options: String {
        shown.map { argument in
            let name =
                argument.kind == "positional"
                ? "\\fI\((argument.valueName ?? "").uppercased().roff)\\fR" : Self.names(argument)
            let standard = argument.defaultValue.map { " Default: \($0)." } ?? ""
            return ".TP\n\(name)\n\(((argument.abstract ?? "") + standard).roffLine)\n"
        }.joined()
    }

    private static func names(_ argument: CommandDescription.Argument) -> String {
        let names = (argument.names ?? []).map { "\\fB\($0.text.roff)\\fR" }
        let value =
            argument.kind == "option"
            ? " \\fI\((argument.valueName ?? "").uppercased().roff)\\fR" : ""
        return names.joined(separator: ", ") + value
    }

    /// The command above and those below.
    private var related: String {
        let above = (command.superCommands ?? []).joined(separator: "-")
        let pages =
            (above.isEmpty ? [] : [above]) + command.commands.map { "\(name)-\($0.commandName)" }
        return pages.isEmpty
            ? "" : pages.map { "\\fB\($0.roff)\\fR(1)" }.joined(separator: ", ") + "\n"
    }

    private static func section(_ title: String, _ text: String) -> String {
        text.isEmpty ? "" : ".SH \(title)\n\(text)"
    }

    private static func paragraph(_ text: String) -> String {
        text.isEmpty ? "" : ".PP\n\(text.roffLine)\n"
    }
}

/// The longer part of a command's help: paragraphs, then `Examples:` with lines set in, then `Exit codes:`.
private struct ManualText {
    private(set) var description = ""
    private(set) var examples = ""
    private(set) var exitCodes = ""

    init(_ text: String) {
        let all = text.split(separator: "\n", omittingEmptySubsequences: false)
        for lines in all.split(whereSeparator: \.isEmpty) {
            if lines.first == "Examples:" {
                examples +=
                    ".nf\n" + lines.dropFirst().map { Self.example($0) + "\n" }.joined() + ".fi\n"
            } else if lines.first?.hasPrefix("Exit codes: ") == true {
                exitCodes += Self.codes(
                    lines.joined(separator: " ").dropFirst("Exit codes: ".count))
            } else {
                description += ".PP\n" + lines.map { String($0).roffLine + "\n" }.joined()
            }
        }
    }

    private static func example(_ line: Substring) -> String {
        String(line.drop { $0 == " " }).roffLine
    }

    /// `0 this, 1 that.`: an entry for each number.
    private static func codes(_ text: Substring) -> String {
        var codes: [(number: Substring, meaning: String)] = []
        for part in text.split(separator: ",") {
            let part = part.drop { $0 == " " }
            let number = part.prefix(while: \.isNumber)
            if number.isEmpty, let last = codes.indices.last {
                codes[last].meaning += ", \(part)"
            } else {
                codes.append((number, String(part.dropFirst(number.count).drop { $0 == " " })))
            }
        }
        return codes.map { code in
            ".TP\n\\fB\(code.number)\\fR\n\(code.meaning.sentence.roffLine)\n"
        }.joined()
    }
}

extension String {
    /// Without what means something to roff.
    fileprivate var roff: String {
        let meanings: [Character: String] = ["\\": "\\e", "-": "\\-", "\"": "\\(dq"]
        return map { meanings[$0] ?? String($0) }.joined()
    }

    /// A line of its own, which no request must begin.
    fileprivate var roffLine: String {
        let text = split(separator: "\n").joined(separator: " ").roff
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
    }

    /// Without the full stop.
    fileprivate var sentence: String { hasSuffix(".") ? String(dropLast()) : self }
}
