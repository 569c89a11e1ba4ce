/// A program's commands, as it describes them itself with `--experimental-dump-help`: what manual pages are made of.
package struct CommandDescription: Sendable, Decodable {
    package struct Argument: Sendable, Decodable {
        package struct Name: Sendable, Decodable {
            package let kind: String
            package let name: String

            var text: String { (kind == "long" ? "--" : "-") + name }
        }

        /// `positional`, `option` or `flag`.
        package let kind: String
        package let names: [Name]?
        package let valueName: String?
        package let abstract: String?
        package let defaultValue: String?
        package let isOptional: Bool
        package let isRepeating: Bool
        package let shouldDisplay: Bool
    }

    package let commandName: String
    package let superCommands: [String]?
    package let abstract: String?
    package let discussion: String?
    package let arguments: [Argument]?
    package let subcommands: [CommandDescription]?

    /// What is described to the outside is the program's first command.
    package struct Program: Sendable, Decodable {
        package let command: CommandDescription
    }

    /// This command and all below it that have pages: not `help`, which is how to get there.
    package var all: [CommandDescription] { [self] + commands.flatMap(\.all) }

    var commands: [CommandDescription] {
        (subcommands ?? []).filter { $0.commandName != "help" }
    }

    /// `fovea`, `migrate`, `retina`.
    var path: [String] { (superCommands ?? []) + [commandName] }
}
