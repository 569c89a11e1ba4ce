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
        /// How often in a row the server answered that we do not get it: not when it was away, or did not know us.
        package var refusals = 0
        /// The last of these was for good: the role does not allow it, or there is no such kind.
        package var isForbidden = false
        package var malformed: UInt64 = 0
    }

    package let resource: String
    /// Of answers that are no prohibition, and may be those of a server that has only just begun.
    private static let patience = 10
    private static let patienceWithProhibitions = 3
    private let held = Mutex(State())

    package init(_ resource: Resource) {
        self.resource = resource.name
    }

    package var state: State { held.withLock { $0 } }

    /// Whether nobody should wait for it: it is there, or the server says again and again that it will not be.
    package var isSettled: Bool {
        let state = state
        return state.isComplete
            || state.refusals
                >= (state.isForbidden ? Self.patienceWithProhibitions : Self.patience)
    }

    func heard() {
        held.withLock { $0.lastHeard = .now }
    }

    func sawEverything() {
        held.withLock {
            $0.refusals = 0
            $0.isForbidden = false
            $0.lastHeard = .now
            $0.isComplete = true
            $0.relists += 1
        }
    }

    func failed(_ error: APIError) {
        held.withLock {
            $0.failures += 1
            $0.isForbidden = error.isForbidden
            if error.isRefusal { $0.refusals += 1 }
        }
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
