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
            """,
        subcommands: [Docs.self, Metrics.self, Keys.self, Dashboards.self])

    struct Docs: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write metrics.md, configuration.md, retina.md and migrate-retina.md.")

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
        static let configuration = CommandConfiguration(abstract: "Print every metric as Markdown.")
        func run() { print(MetricsDocument.markdown(), terminator: "") }
    }

    struct Keys: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "configuration", abstract: "Print every configuration key as Markdown.")
        func run() { print(ConfigurationDocument.markdown(), terminator: "") }
    }

    struct Dashboards: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the dashboards for Grafana, a JSON file each.")

        @Option(name: .long, help: "The folder to write to.")
        var to = "deploy/chart/dashboards"

        func run() throws {
            for dashboard in Dashboard.all {
                try write(dashboard.json(), to: "\(to)/\(dashboard.name).json")
            }
        }
    }
}

private func write(_ text: String, to file: String) throws {
    do {
        try text.write(toFile: file, atomically: true, encoding: .utf8)
    } catch {
        throw failure("fovea: cannot write \(file): \(error.localizedDescription)", .failure)
    }
}
