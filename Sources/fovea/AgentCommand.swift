import Agent
import ArgumentParser
import Foundation
import Logging
import Observability

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract:
            "Count packets on this host and serve them to Prometheus, until SIGTERM or Ctrl-C.",
        discussion: """
            Examples:
              fovea agent                                     everything this host allows, on :10093
              fovea agent --live                              and draw it to the terminal
              fovea agent --config /etc/fovea/fovea.yaml
              fovea agent --set server.port=9100 --set packets.uplinks=eth0,eth1
              fovea agent --compatibility retina              with Microsoft Retina's names beside
              fovea agent --replay node1                      a Windows node, from what fovea record wrote
              fovea agent --config fovea.yaml --check         only say whether the configuration is right

            Exit codes: 0 ended by a signal, 1 could not run, 64 wrong arguments, 78 wrong configuration.
            """)

    @Option(name: .long, help: "A YAML file; docs/configuration.md has every key.")
    var config: String?

    @Option(name: .long, help: "KEY=VALUE, over the file and the environment. May be given again.")
    var set: [String] = []

    @Option(
        name: .long,
        help:
            "Write this agent's metrics too, beside our own: retina. docs/retina.md has each of them."
    )
    var compatibility: String?

    @Flag(name: .long, help: "Draw endpoints, flows and drops to the terminal.")
    var live = false

    @Option(
        name: .long,
        help: "Show the Windows node of this folder of fovea record in place of this one.")
    var replay: String?

    @Flag(name: .long, help: "Check the configuration and exit.")
    var check = false

    func run() async throws {
        let configuration = try settings()
        if check {
            print("configuration is right")
            return
        }
        var log = Logger(label: "fovea") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = live ? max(configuration.logLevel, .warning) : configuration.logLevel
        do {
            let recording = try replay.map { try RecordingFolder(reading: $0) }
            try await FoveaAgent(configuration, replaying: recording, log: log).run(live: live)
        } catch {
            throw failure("fovea: \(error)", .failure)
        }
    }

    private func settings() throws -> Configuration {
        try Configuration(
            file: config, assignments: (compatibility.map { ["compatibility=\($0)"] } ?? []) + set)
    }
}

extension Configuration {
    /// Defaults, file, environment, assignments; every problem of all of them is said before it fails.
    init(file: String?, assignments: [String]) throws {
        self.init()
        var problems: [ConfigurationProblem] = []
        let environment = ProcessInfo.processInfo.environment
        func isThere(_ path: String) -> Bool { FileManager.default.isReadableFile(atPath: path) }
        if let file {
            let place = MountedPath.place(of: file, environment: environment, isThere: isThere)
            do {
                problems += apply(
                    yaml: try String(contentsOfFile: place, encoding: .utf8), file: file)
            } catch {
                throw failure("fovea: cannot read \(file): \(error.reason)", .configuration)
            }
        }
        problems += apply(environment: environment)
        for assignment in assignments { problems += apply(assignment: assignment) }
        findMounts(environment: environment, isThere: isThere)
        let lines = problems.map(\.description) + metricsFileProblems
        if !lines.isEmpty { throw failure(lines.joined(separator: "\n"), .configuration) }
    }
}

/// Says why on standard error; to be thrown.
func failure(_ message: String, _ code: ExitCode) -> ExitCode {
    FileHandle.standardError.write(Data((message + "\n").utf8))
    return code
}

extension ExitCode {
    /// EX_CONFIG of sysexits.h.
    fileprivate static let configuration = ExitCode(78)
}
