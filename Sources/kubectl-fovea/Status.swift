import ArgumentParser
import ClusterView

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Show how each agent is: version, what fails, what its node does not offer, what detail it lost, its series.",
        discussion: """
            Examples:
              kubectl fovea status
              kubectl fovea status -o wide
              kubectl fovea status -o json | jq -r '.items[] | select(.problem) | .node'
              kubectl fovea status --address node1:10093

            Exit codes: 0 all agents were read, 1 one of them or the cluster could not be, 2 wrong arguments.
            """)

    @OptionGroup var options: AgentOptions

    func run() async throws {
        try await options.withFleet { fleet in
            let report = StatusReport(try await fleet.read(keeping: StatusReport.metrics))
            Screen(format: options.output, isWatching: false).show(
                try options.output.text(of: report) { report.table(isWide: $0) })
            return report.isComplete
        }
    }
}
