import ArgumentParser

/// Measures what Fovea costs. Numbers drift with the machine; what counts is the ratio to the floor that is
/// measured in the same run.
@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure what Fovea costs.",
        discussion: "Tests/Benchmarks/in-situ.sh measures the running agent.",
        subcommands: [
            ProgramBenchmark.self, DNSBenchmark.self, ExpositionBenchmark.self,
            ConntrackBenchmark.self, WindowsBenchmark.self,
            ClusterBenchmark.self, RetinaBenchmark.self,
        ])
}
