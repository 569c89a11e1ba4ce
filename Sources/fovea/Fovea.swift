import Agent
import ArgumentParser

@main
struct Fovea: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fovea",
        abstract: "Network observability for Kubernetes nodes and any other Linux host.",
        discussion: """
            Examples:
              fovea doctor                    what this host offers, and what is lacking
              fovea agent --live              count, serve it on :10093, and draw it to the terminal
              fovea help agent                more of one of them

            Exit codes: 0 done, 1 could not be done, 64 wrong arguments; each command says what else.
            """,
        version: Configuration.version,
        subcommands: [
            AgentCommand.self, DoctorCommand.self, Record.self, Migrate.self, Generate.self,
        ])
}
