import Dispatch
import MetricSchema
import Observability
import Synchronization

/// Asks the same of every endpoint's network namespace, and remembers the answers, so that what a scrape costs does
/// not follow the number of endpoints: a namespace is asked again when its answer is older than `interval` and
/// `rest` times as old as asking took, the oldest first, and no more are asked once `budget` is used up.
package final class NamespaceSurvey<Answer: Sendable>: EndpointFollower {
    package struct Reading: Sendable {
        package let endpoint: UInt16
        package let inode: UInt32
        package let answer: Answer
        package let taken: ContinuousClock.Instant
        /// When it was last as good as new.
        fileprivate(set) var confirmed: ContinuousClock.Instant
    }

    private struct State {
        var places: [UInt32: EndpointPlaces.Namespace] = [:]
        /// By inode.
        var readings: [UInt32: Reading] = [:]
        var attempts: [UInt32: Attempt] = [:]
        /// When a namespace was first heard of.
        var since: [UInt32: ContinuousClock.Instant] = [:]
        var failures: UInt64 = 0
    }

    private struct Attempt {
        let at: ContinuousClock.Instant
        let took: Duration
    }

    private let interval: Duration
    private let budget: Duration
    private let rest: Int
    private let ask: @Sendable (_ path: String, _ inode: UInt32) throws -> Answer
    private let state = Mutex(State())
    /// Two scrapes' collectors may want readings at the same time.
    private let turn = DispatchQueue(label: "namespace survey")

    /// `ask` enters the namespace whose file is at the path.
    package init(
        interval: Duration, budget: Duration, rest: Int = 0,
        ask: @escaping @Sendable (_ path: String, _ inode: UInt32) throws -> Answer
    ) {
        self.interval = interval
        self.budget = budget
        self.rest = rest
        self.ask = ask
    }

    /// `read` is called inside each namespace.
    package static func live(
        _ settings: LinuxSettings, rest: Int = 0,
        read: @escaping @Sendable () throws -> Answer
    ) -> NamespaceSurvey {
        NamespaceSurvey(
            interval: .seconds(settings.readingInterval),
            budget: .milliseconds(settings.readingBudget), rest: rest
        ) { path, inode in try NamespaceEntry.run(in: path, inode: inode, read) }
    }

    /// Namespaces that could not be asked, so far.
    package var failures: UInt64 { state.withLock { $0.failures } }

    /// How old the oldest answer is; of one that never came, how long ago it was first wanted.
    package func age(now: ContinuousClock.Instant = .now) -> Duration {
        state.withLock { state in
            state.places.keys.map {
                now - (state.readings[$0]?.confirmed ?? state.since[$0] ?? now)
            }
            .max() ?? .zero
        }
    }

    package func follow(_ places: EndpointPlaces) {
        state.withLock { state in
            state.places = places.namespaces
            state.readings = state.readings.filter { places.namespaces[$0.key] != nil }
            state.attempts = state.attempts.filter { places.namespaces[$0.key] != nil }
            let now = ContinuousClock.now
            let before = state.since
            state.since = places.namespaces.keys.reduce(into: [:]) { $0[$1] = before[$1] ?? now }
        }
    }

    /// Nothing is held by number: answers end with their namespaces.
    package func forget(_ endpoint: UInt16) {}

    /// Asks those whose turn it is; then what is known of all that are there. An answer that `holds` need not be asked
    /// for again.
    package func readings(
        now: ContinuousClock.Instant = .now, holds: (Reading) -> Bool = { _ in false }
    ) -> [Reading] {
        turn.sync {
            confirm(now, holds)
            let start = ContinuousClock.now
            for (inode, place) in due(now) {
                if .now - start >= budget { break }
                take(inode, place, now)
            }
        }
        return state.withLock { Array($0.readings.values) }
    }

    private func confirm(_ now: ContinuousClock.Instant, _ holds: (Reading) -> Bool) {
        let readings = state.withLock { $0.readings }
        for (inode, reading) in readings where holds(reading) {
            state.withLock { state in
                // It may be another endpoint's by now.
                guard state.places[inode]?.endpoint == reading.endpoint else { return }
                state.readings[inode]?.confirmed = now
            }
        }
    }

    private func due(
        _ now: ContinuousClock.Instant
    ) -> [(inode: UInt32, place: EndpointPlaces.Namespace)] {
        let state = state.withLock { $0 }
        return state.places
            .map { (last: state.attempts[$0.key], inode: $0.key, place: $0.value) }
            .filter { row in
                if state.readings[row.inode]?.confirmed == now { return false }
                return row.last.map { now - $0.at >= max(interval, $0.took * rest) } ?? true
            }
            .map { (last: $0.last?.at, inode: $0.inode, place: $0.place) }
            .sorted { left, right in
                guard let right = right.last else { return false }
                return left.last.map { $0 < right } ?? true
            }
            .map { ($0.inode, $0.place) }
    }

    private func take(
        _ inode: UInt32, _ place: EndpointPlaces.Namespace, _ now: ContinuousClock.Instant
    ) {
        let start = ContinuousClock.now
        let answer = Result { try ask(place.path, inode) }
        let attempt = Attempt(at: now, took: .now - start)
        state.withLock { state in
            // It may have gone meanwhile.
            guard state.places[inode] == place else { return }
            state.attempts[inode] = attempt
            switch answer {
            case .success(let answer):
                state.readings[inode] = Reading(
                    endpoint: place.endpoint, inode: inode, answer: answer, taken: now,
                    confirmed: now)
            case .failure: state.failures += 1
            }
        }
    }
}

extension NamespaceSurvey {
    /// How old the oldest answer is, and how often there was none.
    func writeHealth(
        of collector: CollectorName, now: ContinuousClock.Instant, to samples: inout SampleBuffer
    ) {
        samples.add(age(now: now).seconds, to: Catalog.readingAge, collector)
        samples.add(failures, to: Catalog.readingFailures, collector)
    }
}
