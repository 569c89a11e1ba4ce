import Agent
import ArgumentParser
import Foundation
import Logging

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this node offers the agent, what is missing, and what to do about it.",
        discussion: """
            Looks at the kernel, the rights of this process, interfaces, namespaces, the connection table, the API server
            and its clock, and another agent; loads the agent's programs into the kernel and lets them go again. Nothing
            is attached to an interface, and no metric is served. Run it as the agent runs: with its rights and configuration.

            Examples:
              fovea doctor
              fovea doctor --config /etc/fovea/fovea.yaml
              fovea doctor --set kubernetes.kubeconfig=$HOME/.kube/config -o json
              kubectl -n fovea exec POD -- /usr/bin/fovea doctor --config /etc/fovea/fovea.yaml

            Exit codes: 0 nothing fails, 1 something does, 64 wrong arguments, 78 wrong configuration.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(name: .long, help: "The agent's YAML file.")
    var config: String?

    @Option(name: .long, help: "KEY=VALUE, over the file and the environment. May be given again.")
    var set: [String] = []

    @Option(name: .shortAndLong, help: "text or json.")
    var output = Format.text

    func run() async throws {
        let settings = try Configuration(file: config, assignments: set)
        var log = Logger(label: "fovea") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = .critical
        let diagnosis = await Doctor(settings, log: log).diagnosis()
        switch output {
        case .text: print(diagnosis.text, terminator: "")
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(diagnosis), as: UTF8.self))
        }
        if diagnosis.hasFailures { throw ExitCode.failure }
    }
}
