import Dispatch
package import MetricSchema
import Synchronization

/// What came of one collector in one scrape.
package struct CollectorOutcome: Sendable {
    package let name: CollectorName
    package let samples: SampleBuffer
    package let duration: Duration
    /// Why there are no samples; nil where all went well.
    package let failure: String?
    package let finished = ContinuousClock.now
}

/// Runs one collector on a thread of its own and stops waiting for it at the deadline. A collector that
/// is still at work when the next scrape comes is not started again.
final class CollectorRunner: Sendable {
    private let collector: any Collector
    private let queue: DispatchQueue
    private let busy = Mutex(false)

    init(_ collector: any Collector) {
        self.collector = collector
        queue = DispatchQueue(label: "collector \(collector.name.value)")
    }

    func run(deadline: Duration) async -> CollectorOutcome {
        let start = ContinuousClock.now
        let name = collector.name
        let wasBusy = busy.withLock { busy in
            defer { busy = true }
            return busy
        }
        if wasBusy {
            return CollectorOutcome(
                name: name, samples: SampleBuffer(), duration: .zero,
                failure: "still busy with an earlier scrape")
        }
        return await withCheckedContinuation { continuation in
            let answer = OneAnswer(continuation)
            queue.async { [collector, self] in
                var samples = SampleBuffer()
                var failure: String?
                do {
                    try collector.collect(into: &samples)
                } catch {
                    samples = SampleBuffer()
                    failure = "\(error)"
                }
                busy.withLock { $0 = false }
                answer.give(
                    CollectorOutcome(
                        name: name, samples: samples, duration: .now - start, failure: failure))
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + deadline.dispatchInterval) {
                answer.give(
                    CollectorOutcome(
                        name: name, samples: SampleBuffer(), duration: deadline,
                        failure: "no answer within \(deadline)"))
            }
        }
    }
}

/// A continuation that takes the first of two answers.
private final class OneAnswer: Sendable {
    private let continuation: Mutex<CheckedContinuation<CollectorOutcome, Never>?>

    init(_ continuation: CheckedContinuation<CollectorOutcome, Never>) {
        self.continuation = Mutex(continuation)
    }

    func give(_ outcome: CollectorOutcome) {
        let waiting = continuation.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        waiting?.resume(returning: outcome)
    }
}

extension Duration {
    fileprivate var dispatchInterval: DispatchTimeInterval {
        let (seconds, attoseconds) = components
        return .nanoseconds(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
    }

    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
