import ArgumentParser
import Logging
import Observability
import Synchronization
import TestSupport
import WindowsBackend

/// What a scrape of a Windows node costs the agent itself, on a recording: calls, processes of vfpctrl, and
/// the time of everything but the calls.
struct WindowsBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "windows",
        abstract: "Calls and milliseconds of a scrape of a Windows node, on replay.")

    @Option(help: "Rounds; the median is shown.") var rounds = 9

    func run() async throws {
        print("pods      calls     processes scrape ms series")
        for pods in [1, 30, 250] {
            let calls = Mutex(0)
            let processes = Mutex(0)
            let files = Files(ManyPods(pods))
            let node = RecordedNode { name in
                let bytes = files.bytes(name)
                if bytes != nil {
                    calls.withLock { $0 += 1 }
                    if name.hasPrefix("vfp/") || name.hasPrefix("pktmon/counters") {
                        processes.withLock { $0 += 1 }
                    }
                }
                return bytes
            }
            let backend = WindowsBackend(
                .replaying(node), log: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
            let scrape = Scrape(backend.collectors)
            var times: [Double] = []
            var series = 0
            for _ in 0..<rounds {
                calls.withLock { $0 = 0 }
                processes.withLock { $0 = 0 }
                let start = ContinuousClock.now
                let outcomes = await scrape.outcomes(deadline: .seconds(60))
                times.append((ContinuousClock.now - start).seconds * 1000)
                series = SampleBuffer(outcomes).families.reduce(0) { $0 + $1.values.count }
            }
            let median = times.sorted()[times.count / 2]
            print(
                pad("\(pods)", 10), pad("\(calls.withLock { $0 })", 10),
                pad("\(processes.withLock { $0 })", 10),
                pad("\(Double(Int(median * 10)) / 10)", 10), series, separator: "")
        }
        print("the time is that of decoding and adding up: replayed calls take none")
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// The recording's files, read once, so that no disk is measured.
    private final class Files: Sendable {
        private let many: ManyPods
        private let known = Mutex<[String: [UInt8]?]>([:])

        init(_ many: ManyPods) {
            self.many = many
        }

        func bytes(_ name: String) -> [UInt8]? {
            if let bytes = known.withLock({ $0[name] }) { return bytes }
            let bytes = many.file(name)
            known.withLock { $0[name] = bytes }
            return bytes
        }
    }
}
