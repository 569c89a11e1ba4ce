import LinuxBackend
import Logging
import MetricSchema
import Observability

/// A live backend at work for the length of one test.
struct Observed {
    let backend: LiveLinuxBackend
    private let contexts: MetricContexts?
    private let task: Task<Void, Never>

    /// Attaches to everything there is, and follows changes.
    static func during(
        _ settings: LinuxSettings = LinuxSettings(), naming: (any EndpointNaming)? = nil,
        contexts: MetricContexts? = nil, _ body: (Observed) async throws -> Void
    ) async throws {
        var log = Logger(label: "test")
        log.logLevel = .error
        let backend = try LiveLinuxBackend(
            settings, naming: naming, contexts: contexts, log: log)
        try await backend.prepare()
        let observed = Observed(
            backend: backend, contexts: contexts, task: Task { await backend.run() })
        let result: Result<Void, any Error>
        do {
            try await body(observed)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        observed.task.cancel()
        await observed.task.value
        try result.get()
    }

    /// One scrape. Lost detail is published two readings later, so three are made.
    func scrape() throws -> Reading {
        var reading = Reading()
        for _ in 0..<3 {
            var samples = SampleBuffer()
            for collector in backend.collectors { try collector.collect(into: &samples) }
            reading = Reading(contexts?.apply(to: samples) ?? samples)
        }
        return reading
    }
}

/// The numbers of one scrape; of a histogram how often something was measured.
struct Reading {
    private var values: [String: [(labels: String, value: UInt64)]] = [:]
    private var numbers: [String: [(labels: String, value: Double)]] = [:]
    private var histograms: [String: [(labels: String, value: LatencyHistogram)]] = [:]

    init() {}

    init(_ samples: SampleBuffer) {
        for family in samples.families {
            values[family.descriptor.name] = family.rows.compactMap { row in
                switch row.value {
                case .count(let count): (row.labels, count)
                case .histogram(let place): (row.labels, family.histograms[place].count)
                case .number: nil
                }
            }
            numbers[family.descriptor.name] = family.rows.compactMap { row in
                if case .number(let number) = row.value { (row.labels, number) } else { nil }
            }
            histograms[family.descriptor.name] = family.rows.compactMap { row in
                if case .histogram(let place) = row.value {
                    (row.labels, family.histograms[place])
                } else {
                    nil
                }
            }
        }
    }

    /// Sum of all series of a metric whose labels hold every one of `labels`.
    func sum(_ metric: MetricDescriptor, _ labels: String...) -> UInt64 {
        (values[metric.name] ?? []).filter { row in labels.allSatisfy { row.labels.contains($0) } }
            .reduce(0) { $0 + $1.value }
    }

    /// The same of a metric whose values are no whole numbers.
    func total(_ metric: MetricDescriptor, _ labels: [String]) -> Double {
        (numbers[metric.name] ?? []).filter { row in
            labels.allSatisfy { row.labels.contains($0) }
        }
        .reduce(0) { $0 + $1.value }
    }

    /// All histograms of a metric whose labels hold every one of `labels`, in one.
    func histogram(_ metric: MetricDescriptor, _ labels: [String]) -> LatencyHistogram {
        (histograms[metric.name] ?? []).filter { row in
            labels.allSatisfy { row.labels.contains($0) }
        }
        .reduce(into: LatencyHistogram()) { $0 += $1.value }
    }

    /// What counters counted since an earlier scrape.
    func grown(since earlier: Reading) -> Reading {
        var grown = Reading()
        grown.values = values.reduce(into: [:]) { grown, family in
            let before = Dictionary(
                (earlier.values[family.key] ?? []).map { ($0.labels, $0.value) },
                uniquingKeysWith: +)
            grown[family.key] = family.value.map { row in
                let old = before[row.labels] ?? 0
                return (labels: row.labels, value: row.value > old ? row.value - old : 0)
            }
        }
        return grown
    }

    /// Of everything there is.
    var names: [String] { Array(values.keys) }

    func rows(_ metric: MetricDescriptor) -> [(labels: String, value: UInt64)] {
        values[metric.name] ?? []
    }
}
