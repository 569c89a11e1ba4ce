import ArgumentParser
import ClusterView

struct Drops: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Show who loses packets: where, why, and which network policies do not allow them.",
        discussion: """
            Packets are those since the agent started; those lost right now come first. What policies say is computed
            from their text. The wide table has netfilter's hooks. With --flows each flow is told that lost packets to
            a filter or whose connection failed, as far as agents remember: who with whom, and what policies say.

            Examples:
              kubectl fovea drops
              kubectl fovea drops -n shop -o wide
              kubectl fovea drops --watch --limit 20
              kubectl fovea drops --address node1:10093
              kubectl fovea drops --flows --denied -n shop

            Exit codes: 0 all agents were read, 1 one of them or the cluster could not be, 2 wrong arguments.
            """)

    @Option(name: .shortAndLong, help: "Only pods of this namespace.")
    var namespace: String?

    @Option(name: .long, help: "Only so many lines of each.")
    var limit: Int?

    @Flag(
        name: .long, help: "The flows that were lost lately, each with the policies that deny it.")
    var flows = false

    @Flag(name: .long, help: "With --flows: only those that policies deny.")
    var denied = false

    @OptionGroup var interval: IntervalOptions
    @OptionGroup var options: AgentOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is at least 1") }
        if denied, !flows { throw ValidationError("--denied goes with --flows") }
    }

    func run() async throws {
        try await options.withFleet { fleet in
            if flows { return try await showFlows(fleet) }
            return try await interval.compare(fleet, DropsReport.metrics) { old, new in
                var report = DropsReport(from: old, to: new, namespace: namespace)
                if let limit { report.keep(limit) }
                Screen(format: options.output, isWatching: interval.watch).show(
                    try options.output.text(of: report) { report.table(isWide: $0) })
                return report.isComplete
            }
        }
    }

    private func showFlows(_ fleet: Fleet) async throws -> Bool {
        try await interval.again {
            var report = LostFlowsReport(
                try await fleet.lostFlows(), namespace: namespace, denied: denied)
            if let limit { report.keep(limit) }
            Screen(format: options.output, isWatching: interval.watch).show(
                try options.output.text(of: report) { report.table(isWide: $0) })
            return report.isComplete
        }
    }
}
