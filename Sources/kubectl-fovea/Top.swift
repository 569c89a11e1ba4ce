import ArgumentParser
import ClusterView
import Foundation

struct Top: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show who has how much traffic and trouble right now, by the second.",
        discussion: """
            Every agent is read twice, and what its counters grew by is shown. Nodes are their uplinks, with drops and
            TCP of all that is on them; the others are sums over pods. DNS failures are answers other than NOERROR and
            NXDOMAIN, and queries without an answer; NXDOMAIN is in the wide table.

            Examples:
              kubectl fovea top nodes
              kubectl fovea top pods --sort drops --limit 10
              kubectl fovea top workloads -n shop --watch
              kubectl fovea top namespaces -o json
              kubectl fovea top pods --address node1:10093

            Exit codes: 0 all agents were read, 1 one of them or the cluster could not be, 2 wrong arguments.
            """)

    @Argument(help: "nodes, namespaces, workloads or pods.")
    var scope: TopReport.Scope

    @Option(name: .long, help: "bytes, packets, drops, retransmits, connections, dns or name.")
    var sort = TopReport.SortKey.bytes

    @Option(name: .shortAndLong, help: "Only pods of this namespace.")
    var namespace: String?

    @Option(name: .long, help: "Only so many lines.")
    var limit: Int?

    @OptionGroup var interval: IntervalOptions
    @OptionGroup var options: AgentOptions

    func validate() throws {
        if scope == .nodes, namespace != nil {
            throw ValidationError("nodes are in no namespace: leave -n away")
        }
        if let limit, limit < 1 { throw ValidationError("--limit is at least 1") }
    }

    func run() async throws {
        try await options.withFleet { fleet in
            try await interval.compare(fleet, TopReport.metrics) { old, new in
                var report = TopReport(scope, from: old, to: new, namespace: namespace)
                report.sort(by: sort, limit: limit)
                Screen(format: options.output, isWatching: interval.watch).show(
                    try options.output.text(of: report) { report.table(scope, isWide: $0) })
                return report.isComplete
            }
        }
    }
}

/// How far two readings are apart.
struct IntervalOptions: ParsableArguments {
    @Option(name: .long, help: "Seconds between two readings.")
    var interval = 2.0

    @Flag(name: .shortAndLong, help: "Go on until Ctrl-C.")
    var watch = false

    func validate() throws {
        guard interval >= 0.1, interval <= 3600 else {
            throw ValidationError("--interval is between 0.1 and 3600 seconds")
        }
    }

    /// Calls with each two readings, one interval apart; says whether all agents could be read.
    func compare(
        _ fleet: Fleet, _ metrics: Set<String>,
        _ body: ([AgentReading], [AgentReading]) throws -> Bool
    ) async throws -> Bool {
        var old = try await fleet.read(keeping: metrics)
        try await Task.sleep(for: .seconds(interval))
        return try await again {
            let new = try await fleet.read(keeping: metrics)
            defer { old = new }
            return try body(old, new)
        }
    }

    /// Calls once, or one interval apart until Ctrl-C.
    func again(_ body: () async throws -> Bool) async throws -> Bool {
        while true {
            do {
                let isComplete = try await body()
                if !watch { return isComplete }
            } catch {
                // Who watches sees the server come back.
                guard watch else { throw error }
                FileHandle.standardError.write(Data("kubectl fovea: \(error)\n".utf8))
            }
            try await Task.sleep(for: .seconds(interval))
        }
    }
}
