import Agent
import ArgumentParser
import Foundation

struct Migrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turn another agent's configuration into ours.",
        discussion: """
            Examples:
              fovea migrate retina values.yaml > fovea-values.yaml
              fovea help migrate retina

            Exit codes: 0 translated, 1 or 2 not: see the command, 64 wrong arguments.
            """,
        subcommands: [FromRetina.self])

    struct FromRetina: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retina",
            abstract: "Turn Microsoft Retina's configuration into ours.",
            discussion: """
                Reads Retina's config.yaml, the ConfigMaps with it, the values of its Helm chart and its
                MetricsConfigurations, in any number and order, several documents in a file. What it makes of them goes to
                standard output; what has no equivalent is said on standard error, with the line it stands in: "lost" where something will not be
                done, "not needed" where nothing is missing, "to do" where a hand is needed.

                Examples:
                  fovea migrate retina values.yaml > fovea-values.yaml
                  helm get values --all retina -n kube-system | fovea migrate retina -
                  kubectl get metricsconfigurations.retina.sh -o yaml | fovea migrate retina -
                  kubectl get cm -n kube-system retina-config -o yaml | fovea migrate retina --to fovea -
                  fovea migrate retina --strict config.yaml

                Exit codes: 0 translated, 1 with --strict where something is lost, 2 unreadable input, 64 wrong arguments.
                """)

        @Argument(help: "Files of Retina's; - for standard input.")
        var files: [String]

        @Option(name: .long, help: "A folder to write the files to, which is made.")
        var to: String?

        @Flag(name: .long, help: "Fail where something is lost.")
        var strict = false

        func run() throws {
            let migration: RetinaMigration
            do {
                migration = try RetinaMigration(try files.map { ($0, try text(of: $0)) })
            } catch {
                throw failure("fovea: \(error)", .unreadable)
            }
            for note in migration.notes {
                FileHandle.standardError.write(Data("\(note)\n".utf8))
            }
            try write(migration.files)
            if strict, migration.losesSomething { throw ExitCode(1) }
        }

        private func text(of file: String) throws -> String {
            let data: Data
            do {
                data =
                    file == "-"
                    ? FileHandle.standardInput.readDataToEndOfFile()
                    : try Data(contentsOf: URL(filePath: file))
            } catch {
                throw AgentError("cannot read \(file): \(error.reason)")
            }
            guard let text = String(data: data, encoding: .utf8) else {
                throw AgentError("\(file): this is no text")
            }
            return text
        }

        private func write(_ migrated: [MigratedFile]) throws {
            guard let to else {
                for (number, file) in migrated.enumerated() {
                    print(number == 0 ? "# \(file.name)" : "---\n# \(file.name)")
                    print(file.text, terminator: "")
                }
                return
            }
            do {
                try FileManager.default.createDirectory(
                    atPath: to, withIntermediateDirectories: true)
                for file in migrated {
                    try file.text.write(
                        toFile: "\(to)/\(file.name)", atomically: true, encoding: .utf8)
                }
            } catch {
                throw failure("fovea: cannot write to \(to): \(error.reason)", .failure)
            }
        }
    }
}

extension ExitCode {
    /// What was given cannot be read.
    fileprivate static let unreadable = ExitCode(2)
}
