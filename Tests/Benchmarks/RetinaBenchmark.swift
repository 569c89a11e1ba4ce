import ArgumentParser
import MetricSchema
import Observability

/// What Retina's names cost a scrape: everything that is done with a busy node's samples once they are collected, with
/// and without, in turn.
struct RetinaBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retina",
        abstract: "Milliseconds of a scrape with and without Retina's names, and their ratio.")

    @Option(help: "Pods of the node.") var pods = 110
    @Option(help: "Peers of each pod.") var peers = 20
    @Option(help: "Rounds; the median is shown.") var rounds = 15

    func run() throws {
        let samples = samples()
        let addresses = Dictionary(
            uniqueKeysWithValues: identities.enumerated().map { number, pod in
                (
                    PodName(namespace: pod.namespace, pod: pod.pod),
                    IPAddress(v4: 10 << 24 + UInt32(number))
                )
            })
        print("context    series     ms         Retina's   ms too     ratio")
        for context in RetinaContext.allCases {
            let alone = SeriesBudget(limit: .max)
            let both = SeriesBudget(
                limit: .max,
                translation: RetinaTranslation(context, on: .linux, node: "node-1") { addresses })
            var times: [(alone: Double, both: Double)] = []
            var series = (alone: 0, both: 0)
            for _ in 0..<rounds {
                let first = milliseconds { series.alone = answer(samples, alone) }
                let second = milliseconds { series.both = answer(samples, both) }
                times.append((first, second))
            }
            let ratio = median(times.map { $0.both / $0.alone })
            let row = [
                context.rawValue, "\(series.alone)", text(median(times.map(\.alone))),
                "\(series.both - series.alone)", text(median(times.map(\.both))), text(ratio),
            ]
            print(row.map(pad).joined())
        }
        print("collecting, which is the same for both, is not in it; the answer is not compressed")
    }

    private var identities: [Identity] {
        (0..<pods).map {
            Identity(
                namespace: "team-\($0 % 10)", pod: "checkout-7f9c4d-\(10_000 + $0)",
                workload: Workload(kind: "Deployment", name: "checkout"))
        }
    }

    private func samples() -> SampleBuffer {
        var samples = SampleBuffer()
        let remote = (0..<peers).map {
            Identity(
                namespace: "backend", pod: "orders-5c8d9f-\(20_000 + $0)",
                workload: Workload(kind: "Deployment", name: "orders"))
        }
        for (number, pod) in identities.enumerated() {
            for direction in Direction.allCases {
                let count = UInt64(number + 1) &* 7919
                samples.add(count, to: Catalog.podPackets, PodLabel(pod), direction)
                samples.add(count * 90, to: Catalog.podBytes, PodLabel(pod), direction)
                for reason in ["netfilter_drop", "no_socket", "tcp_csum"] {
                    samples.add(
                        3 as UInt64, to: Catalog.podDropPackets, PodLabel(pod), DropReason(reason),
                        direction)
                    samples.add(
                        200 as UInt64, to: Catalog.podDropBytes, PodLabel(pod), DropReason(reason),
                        direction)
                }
                for flag in TCPFlag.allCases {
                    samples.add(count, to: Catalog.podTCPFlags, PodLabel(pod), direction, flag)
                }
                for peer in remote {
                    let source = SourceLabel(direction == .egress ? pod : peer)
                    let destination = DestinationLabel(direction == .egress ? peer : pod)
                    samples.add(
                        count, to: Catalog.flowPackets, source, destination, .tcp, direction)
                    samples.add(
                        count * 90, to: Catalog.flowBytes, source, destination, .tcp, direction)
                }
            }
        }
        return samples
    }

    /// As the agent does it; how many series it has.
    private func answer(_ samples: SampleBuffer, _ budget: SeriesBudget) -> Int {
        let all = budget.apply(to: samples)
        var exposition = Exposition(all, as: .text)
        var chunk = TextChunk()
        while exposition.next(into: &chunk) {}
        return all.families.reduce(0) { $0 + $1.values.count }
    }

    private func milliseconds(_ body: () -> Void) -> Double {
        ContinuousClock().measure(body).seconds * 1000
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private func text(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

    private func pad(_ text: String) -> String {
        text + String(repeating: " ", count: max(1, 11 - text.count))
    }
}
