import Dispatch
package import MetricSchema
import Synchronization

/// One reading of a source for all collectors of a scrape that want it.
///
/// Collectors run side by side and nobody tells them which scrape they are in. A reading is every collector's once:
/// who has had it gets the next, and so does who comes after `lifetime`, having been late or busy. A failure is
/// shared as well.
package final class SharedReading<Answer: Sendable>: Sendable {
    private struct Taken {
        let result: Result<Answer, any Error>
        let at: ContinuousClock.Instant
        var readers: Set<CollectorName>
    }

    private static var lifetime: Duration { .seconds(10) }

    private let now: @Sendable () -> ContinuousClock.Instant
    private let read: @Sendable () throws -> Answer
    /// While one reads, the others wait for the same answer.
    private let turn = DispatchQueue(label: "shared reading")
    private let last = Mutex<Taken?>(nil)

    package init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        read: @escaping @Sendable () throws -> Answer
    ) {
        self.now = now
        self.read = read
    }

    /// Blocks.
    package func latest(for reader: CollectorName) throws -> Answer {
        try turn.sync {
            let now = now()
            let shared = last.withLock { last -> Result<Answer, any Error>? in
                guard let taken = last, now - taken.at < Self.lifetime,
                    last?.readers.insert(reader).inserted == true
                else { return nil }
                return taken.result
            }
            if let shared { return try shared.get() }
            let result = Result { try read() }
            last.withLock { $0 = Taken(result: result, at: now, readers: [reader]) }
            return try result.get()
        }
    }
}
