import Logging
import Synchronization

/// How well one kind is being followed: for metrics, and for whoever must know how old the answer is.
package final class ReflectorHealth: Sendable {
    package struct State: Sendable {
        /// When the server last said anything; nil before it has.
        package var lastHeard: ContinuousClock.Instant?
        /// Whether everything has been seen at least once.
        package var isComplete = false
        package var relists: UInt64 = 0
        package var failures: UInt64 = 0
        package var malformed: UInt64 = 0
    }

    package let resource: String
    private let held = Mutex(State())

    package init(_ resource: Resource) {
        self.resource = resource.name
    }

    package var state: State { held.withLock { $0 } }

    func heard() {
        held.withLock { $0.lastHeard = .now }
    }

    func sawEverything() {
        held.withLock {
            $0.lastHeard = .now
            $0.isComplete = true
            $0.relists += 1
        }
    }

    func failed() {
        held.withLock { $0.failures += 1 }
    }

    /// One log line for the first; all are counted.
    func malformed(_ problem: String, _ log: Logger) {
        let isFirst = held.withLock { state in
            state.malformed += 1
            return state.malformed == 1
        }
        if isFirst {
            log.warning(
                "the API server sent an object that cannot be read; it is left out",
                metadata: ["resource": "\(resource)", "problem": "\(problem)"])
        }
    }
}
