import Agent
import ArgumentParser

@main
struct Fovea: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fovea",
        abstract: "Network observability for Kubernetes nodes and any other Linux host.",
        version: Configuration.version,
        subcommands: [
            AgentCommand.self, DoctorCommand.self, Record.self, Migrate.self, Generate.self,
        ])
}
