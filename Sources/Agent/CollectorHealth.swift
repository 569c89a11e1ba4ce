import Logging
import MetricSchema
import Observability
import Synchronization

/// Logs a collector once when it begins to fail, once when the reason changes, and once when it is well.
final class CollectorHealth: Sendable {
    private let log: Logger
    private let failing = Mutex<[CollectorName: String]>([:])

    init(log: Logger) {
        self.log = log
    }

    func note(_ outcomes: [CollectorOutcome]) {
        let changed = failing.withLock { failing in
            outcomes.filter { outcome in
                defer { failing[outcome.name] = outcome.failure }
                return failing[outcome.name] != outcome.failure
            }
        }
        for outcome in changed {
            if let failure = outcome.failure {
                log.error(
                    "collector fails; its metrics are absent",
                    metadata: ["collector": "\(outcome.name.value)", "error": "\(failure)"])
            } else {
                log.info(
                    "collector is well again", metadata: ["collector": "\(outcome.name.value)"])
            }
        }
    }
}
