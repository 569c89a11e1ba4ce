import ArgumentParser
import Foundation
import Logging
import MetricSchema
import Observability
import Synchronization
import TestSupport
import WindowsBackend

/// What a scrape of a Windows node costs, on a recording: calls and processes, which are the node's to bear, and the
/// agent's own time and memory, which are for all but the calls.
struct WindowsBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "windows",
        abstract:
            "Calls, processes, milliseconds and memory of a scrape of a Windows node, on replay.")

    @Option(help: "Rounds; the median is shown.") var rounds = 25
    @Option(parsing: .upToNextOption, help: "Pods on the node.") var pods = [1, 30, 250]
    @Flag(help: "Say how long each collector took too.") var collectors = false

    func run() async throws {
        print("of a scrape         processes            milliseconds            memory   grown by")
        print("pods      calls     vfpctrl   pktmon    median    most      series    MB       KB")
        for pods in pods { await measure(pods) }
        print(
            "time is that of decoding, adding up and writing: replayed calls take none; memory is this process's,"
        )
        print(
            "with the recording in it, and grown by what it is more after the last round than after the tenth"
        )
    }

    private func measure(_ pods: Int) async {
        let calls = Calls()
        let files = Files(ManyPods(pods))
        let node = RecordedNode { name in
            let bytes = files.bytes(name)
            if bytes != nil { calls.note(name) }
            return bytes
        }
        let backend = WindowsBackend(
            .replaying(node), log: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
        let scrape = Scrape(backend.collectors)
        var times: [Double] = []
        var longest: [String: [Double]] = [:]
        var series = 0
        var early = 0
        for round in 0..<rounds {
            calls.reset()
            let start = ContinuousClock.now
            let outcomes = await scrape.outcomes(deadline: .seconds(60))
            let samples = SampleBuffer(outcomes)
            let text = Exposition(samples, as: .text).text()
            times.append((ContinuousClock.now - start).seconds * 1000)
            precondition(!text.isEmpty && outcomes.allSatisfy { $0.failure == nil })
            for outcome in outcomes {
                longest[outcome.name.value, default: []].append(outcome.duration.seconds * 1000)
            }
            series = samples.families.reduce(0) { $0 + $1.values.count }
            // All ports have been read then.
            if round == 9 { early = Self.residentBytes }
        }
        let grown = early == 0 ? 0 : Self.residentBytes - early
        let count = calls.all
        print(
            pad("\(pods)", 10), pad("\(count.calls)", 10), pad("\(count.vfpctrl)", 10),
            pad("\(count.pktmon)", 10), pad(rounded(Self.median(times)), 10),
            pad(rounded(times.max() ?? 0), 10), pad("\(series)", 10),
            pad(rounded(Double(Self.residentBytes) / 1e6), 9), grown / 1000, separator: "")
        if !collectors { return }
        for (name, times) in longest.sorted(by: { Self.median($0.value) > Self.median($1.value) }) {
            print("          ", pad(name, 20), rounded(Self.median(times)), separator: "")
        }
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private func rounded(_ value: Double) -> String { "\(Double(Int(value * 10)) / 10)" }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Second number of /proc/self/statm, in pages.
    private static var residentBytes: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0)
            * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// What was asked for in a round.
    private final class Calls: Sendable {
        private let counts = Mutex((calls: 0, vfpctrl: 0, pktmon: 0))
        var all: (calls: Int, vfpctrl: Int, pktmon: Int) { counts.withLock { $0 } }

        func reset() { counts.withLock { $0 = (0, 0, 0) } }

        func note(_ file: String) {
            counts.withLock { counts in
                counts.calls += 1
                if file.hasPrefix("vfp/") { counts.vfpctrl += 1 }
                if file.hasPrefix("pktmon/counters") || file.hasPrefix("pktmon/components") {
                    counts.pktmon += 1
                }
            }
        }
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
