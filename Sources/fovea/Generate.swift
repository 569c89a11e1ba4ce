import Agent
import ArgumentParser
import Foundation

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Write documentation that is made from the program itself, to standard output or to files.",
        discussion: """
            Examples:
              fovea generate docs --to docs      writes docs/metrics.md, docs/configuration.md and what there is on Retina
              fovea generate metrics             prints every metric as Markdown
              fovea generate dashboards --to .   writes a file for each of Grafana's dashboards

            Exit codes: 0 all was written, 1 something could not be, 64 wrong arguments.
            """,
        subcommands: [Docs.self, Metrics.self, Keys.self, Dashboards.self, Manual.self])

    struct Docs: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write metrics.md, configuration.md, retina.md and migrate-retina.md.",
            discussion: """
                Examples:
                  fovea generate docs --to docs

                Exit codes: 0 all was written, 1 something could not be, 64 wrong arguments.
                """)

        @Option(name: .long, help: "The folder to write to.")
        var to = "docs"

        func run() throws {
            try write(MetricsDocument.markdown(), to: "\(to)/metrics.md")
            try write(ConfigurationDocument.markdown(), to: "\(to)/configuration.md")
            try write(RetinaDocument.markdown(), to: "\(to)/retina.md")
            try write(RetinaMigrationDocument.markdown(), to: "\(to)/migrate-retina.md")
        }
    }

    struct Metrics: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every metric as Markdown.",
            discussion: """
                Examples:
                  fovea generate metrics > metrics.md

                Exit codes: 0 all was printed, 64 wrong arguments.
                """)

        func run() { print(MetricsDocument.markdown(), terminator: "") }
    }

    struct Keys: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "configuration", abstract: "Print every configuration key as Markdown.",
            discussion: """
                Examples:
                  fovea generate configuration > configuration.md

                Exit codes: 0 all was printed, 64 wrong arguments.
                """)

        func run() { print(ConfigurationDocument.markdown(), terminator: "") }
    }

    struct Dashboards: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the dashboards for Grafana, a JSON file each.",
            discussion: """
                Examples:
                  fovea generate dashboards --to .

                Exit codes: 0 all was written, 1 something could not be, 64 wrong arguments.
                """)

        @Option(name: .long, help: "The folder to write to.")
        var to = "deploy/chart/dashboards"

        func run() throws {
            for dashboard in Dashboard.all {
                try write(dashboard.json(), to: "\(to)/\(dashboard.name).json")
            }
        }
    }

    struct Manual: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "man",
            abstract: "Write manual pages of a program that says on standard input what it does.",
            discussion: """
                Examples:
                  fovea --experimental-dump-help | fovea generate man --to /usr/local/share/man/man1
                  kubectl-fovea --experimental-dump-help | fovea generate man --to .

                Exit codes: 0 all was written, 1 something could not be read or written, 64 wrong arguments.
                """)

        @Option(name: .long, help: "The folder to write to; a page for each command.")
        var to: String

        func run() throws {
            let program: CommandDescription.Program
            do {
                program = try JSONDecoder().decode(
                    CommandDescription.Program.self,
                    from: FileHandle.standardInput.readDataToEndOfFile())
            } catch {
                throw failure("fovea: standard input is no description of a program", .failure)
            }
            for command in program.command.all {
                let page = ManualPage(command, version: Configuration.version)
                try write(page.text, to: "\(to)/\(page.name).1")
            }
        }
    }
}

private func write(_ text: String, to file: String) throws {
    do {
        try text.write(toFile: file, atomically: true, encoding: .utf8)
    } catch {
        throw failure("fovea: cannot write \(file): \(error.reason)", .failure)
    }
}
