import Agent
import ArgumentParser
import Glibc
import MetricSchema
import NIOCore
import Observability

/// Time and memory to write many series as Prometheus text.
struct ExpositionBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exposition", abstract: "Milliseconds to write 10k, 100k and 1M series.")

    @Option(help: "Rounds; the median is shown.") var rounds = 5

    func run() throws {
        print("series     write ms   gather ms  gzip ms    MB     peak RSS MB")
        for count in [10_000, 100_000, 1_000_000] {
            var gather: [Double] = []
            var write: [Double] = []
            var gzip: [Double] = []
            var bytes = 0
            for _ in 0..<rounds {
                var samples = SampleBuffer()
                gather.append(milliseconds { fill(&samples, count) })
                write.append(milliseconds { bytes = self.write(samples) })
                gzip.append(milliseconds { compress(samples) })
            }
            var usage = rusage()
            getrusage(RUSAGE_SELF.rawValue, &usage)
            let row = [
                pad("\(count)", 11), pad(median(write), 11), pad(median(gather), 11),
                pad(median(gzip), 11), pad(Double(bytes) / 1e6, 7),
                pad(Double(usage.ru_maxrss) / 1024, 10),
            ]
            print(row.joined())
        }
    }

    /// Sources by destinations, as a busy cluster has them.
    private func fill(_ samples: inout SampleBuffer, _ count: Int) {
        let side = Int(Double(count / 2).squareRoot().rounded(.up))
        let pods = (0..<side).map {
            Identity(namespace: "production", pod: "checkout-7f9c4d-\(10_000 + $0)")
        }
        var left = count
        for source in pods {
            for destination in pods {
                for direction in Direction.allCases where left > 0 {
                    left -= 1
                    samples.add(
                        UInt64(left) &* 7919, to: Catalog.flowPackets, SourceLabel(source),
                        DestinationLabel(destination), .tcp, direction)
                }
            }
        }
    }

    private func write(_ samples: SampleBuffer) -> Int {
        var exposition = Exposition(samples, as: .text)
        var chunk = TextChunk()
        var bytes = 0
        while exposition.next(into: &chunk) { bytes += chunk.count }
        return bytes
    }

    private func compress(_ samples: SampleBuffer) {
        var exposition = Exposition(samples, as: .text)
        var chunk = TextChunk()
        guard let stream = try? GzipStream() else { return }
        var buffer = ByteBuffer()
        while exposition.next(into: &chunk) {
            buffer.clear()
            try? stream.append(chunk.bytes, to: &buffer, finish: false)
        }
    }

    private func milliseconds(_ body: () -> Void) -> Double {
        ContinuousClock().measure(body).seconds * 1000
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    private func pad(_ value: Double, _ width: Int) -> String {
        pad("\((value * 10).rounded() / 10)", width)
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
