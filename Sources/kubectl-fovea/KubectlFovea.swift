import ArgumentParser
import ClusterView
import Foundation
import Observability

@main
struct KubectlFovea: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubectl-fovea",
        abstract: "Ask all Fovea agents of a cluster at once.",
        discussion: """
            Agents are found by their pods' labels and read through the API server, with the rights that your kubeconfig
            gives: to list pods, and to get pods/proxy. With --address no cluster is needed.

            Examples:
              kubectl fovea status                        is every agent well
              kubectl fovea top pods --sort drops         who loses packets right now
              kubectl fovea top nodes --watch             drawn anew every few seconds
              kubectl fovea drops -n shop                 why, and which policy
              kubectl fovea status --address node1:10093  one agent, without a cluster

            Exit codes: 0 all agents were read, 1 one of them or the cluster could not be, 2 wrong arguments.
            """,
        version: Release.version,
        subcommands: [Status.self, Top.self, Drops.self])

    /// As ArgumentParser's own, but for the status of wrong arguments.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
            Foundation.exit(2)
        }
    }
}

extension OutputFormat: ExpressibleByArgument {}
extension TopReport.Scope: ExpressibleByArgument {}
extension TopReport.SortKey: ExpressibleByArgument {}
