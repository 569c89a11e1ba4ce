package import Logging
package import MetricSchema
package import Observability
import Synchronization

/// What IP, UDP and TCP count in the network compartments of this node's containers, and their TCP sockets by state.
///
/// A compartment is read by setting it for the thread that reads: eight calls, so a scrape reads as many as it is
/// told to, those first whose last reading is oldest, and no more once it has taken `patience`. Counters are
/// cumulative, so nothing is lost by waiting; how old the oldest reading is stands in
/// `fovea_namespace_reading_age_seconds`. Nobody promises that a system keeps these numbers by compartment. What
/// it gives of the host's under a container's name is found by that, and is no pod's.
package final class PodStackCollector: Collector {
    package let name = CollectorName("pod-stack")
    static let metrics = StackSource.allCases.flatMap(\.podMetrics)
    static let capability = "pod stack counters"

    private struct Latest {
        /// Nil where they were the host's.
        let established: UInt64?
        let sockets: [AddressFamily: [WindowsTCPState: UInt64]]?
        let taken: ContinuousClock.Instant
    }

    private struct State {
        var ledger = CounterLedger<WindowsStackCounter>()
        var wide: [String: WideStackCounters] = [:]
        var latest: [String: Latest] = [:]
        var asked: [String: ContinuousClock.Instant] = [:]
        var since: [String: ContinuousClock.Instant] = [:]
        var failures: UInt64 = 0
        /// Those of the last round that were nothing but the host's.
        var shared: Set<StackSource> = []
        var problem: String?

        mutating func take(
            _ round: Round, of places: [NetworkCompartment],
            now: ContinuousClock.Instant
        ) {
            let keys = Set(places.map(\.key))
            for key in keys { since[key] = since[key] ?? now }
            for key in round.asked { asked[key] = now }
            failures += round.failures
            if let refusal = round.refusal, latest.isEmpty { problem = refusal }
            if let (before, after) = round.host {
                problem = nil
                shared = Set(StackSource.allCases)
                for (place, reading) in round.readings {
                    let hosts = reading.sources(sharedWith: before, after)
                    shared.formIntersection(hosts)
                    let row = wide[place.key, default: WideStackCounters()].row(
                        of: reading, without: hosts)
                    ledger.add(row, of: place.key, owner: place.owner, now: now)
                    latest[place.key] = Latest(
                        established: hosts.contains(.tcp) ? nil : reading.established,
                        sockets: hosts.contains(.connections) ? nil : reading.sockets, taken: now)
                }
            }
            for place in places { ledger.keep(place.key, owner: place.owner, now: now) }
            ledger.forget(allBut: keys, now: now)
            // A namespace that comes back within the grace goes on from where it was.
            wide = wide.filter { ledger.lastAdded($0.key) != nil }
            latest = latest.filter { keys.contains($0.key) }
            asked = asked.filter { keys.contains($0.key) }
            since = since.filter { keys.contains($0.key) }
        }
    }

    private let endpoints: EndpointReader
    private let helper: any IPHelperTransport
    private let limit: Int
    private let patience: Duration
    private let log: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// `compartments` is how many of them one scrape reads.
    package init(
        _ endpoints: EndpointReader, _ helper: any IPHelperTransport, compartments: Int,
        patience: Duration = .seconds(5), log: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.endpoints = endpoints
        self.helper = helper
        limit = compartments
        self.patience = patience
        self.log = log
        self.now = now
    }

    /// What was found out so far: without a container nothing is.
    package var capability: Capability {
        let (problem, shared) = state.withLock { ($0.problem, $0.shared) }
        if let problem {
            return Capability(
                Self.capability, missing: problem, absentMetrics: Self.metrics.map(\.name))
        }
        let sources = StackSource.allCases.filter(shared.contains)
        if sources.isEmpty { return Capability(Self.capability) }
        return Capability(
            Self.capability,
            missing:
                "numbers of their own in containers' network compartments; these are the host's: "
                + sources.map(\.rawValue).joined(separator: ", "),
            absentMetrics: sources.flatMap(\.podMetrics).map(\.name))
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let list = try endpoints.list(for: name)
        let places = list.compartments
        let before = capability.missing
        let round = try read(places)
        let now = now()
        let state = state.withLock { state in
            state.take(round, of: places, now: now)
            if list.namespaces == nil { state.problem = "HNS's list of network namespaces" }
            return state
        }
        let missing = capability.missing
        if let missing, missing != before {
            log.warning("pods' own stacks cannot be read", metadata: ["needs": "\(missing)"])
        }
        write(state, places, now: now, to: &samples)
    }

    // MARK: Reading

    private struct Round {
        var asked: [String] = []
        var readings: [(place: NetworkCompartment, reading: WindowsStackReading)] = []
        /// Of the host, before and after them.
        var host: (WindowsStackReading, WindowsStackReading)?
        var failures: UInt64 = 0
        /// Why none will be read as long as the agent runs.
        var refusal: String?
    }

    private func read(_ places: [NetworkCompartment]) throws -> Round {
        var round = Round()
        let start = now()
        let asked = state.withLock { $0.asked }
        let turns = places.sorted { one, other in
            guard let other = asked[other.key] else { return false }
            return asked[one.key].map { $0 < other } ?? true
        }.prefix(limit)
        if turns.isEmpty { return round }
        let before = try WindowsStackReading(helper)
        for place in turns {
            if now() - start > patience { break }
            round.asked.append(place.key)
            do {
                round.readings.append(
                    (place, try WindowsStackReading(helper, compartment: place.number)))
            } catch {
                round.failures += 1
                guard round.readings.isEmpty, let error = error as? WindowsCallError,
                    error.isPermanent
                else { continue }
                // Others would say the same.
                round.refusal = "\(error)"
                break
            }
        }
        if !round.readings.isEmpty { round.host = (before, try WindowsStackReading(helper)) }
        return round
    }

    // MARK: Writing

    private func write(
        _ state: State, _ places: [NetworkCompartment], now: ContinuousClock.Instant,
        to samples: inout SampleBuffer
    ) {
        for (owner, lacking) in state.ledger.owners(at: now) {
            samples.addStack(of: owner) {
                state.ledger.total($0, of: owner, lacking: lacking)
            }
        }
        for (owner, places) in Dictionary(grouping: places, by: \.owner) {
            let latest = places.compactMap { state.latest[$0.key] }
            if latest.isEmpty { continue }
            let established = latest.compactMap(\.established)
            if established.count == latest.count {
                samples.add(
                    established.reduce(0, +), to: Catalog.stackTCPEstablished, of: owner)
            }
            let sockets = latest.compactMap(\.sockets)
            if sockets.count == latest.count { write(sockets, of: owner, to: &samples) }
        }
        let taken = places.map { state.latest[$0.key]?.taken ?? state.since[$0.key] ?? now }
        samples.add((taken.min().map { now - $0 } ?? .zero).seconds, to: Catalog.readingAge, name)
        samples.add(state.failures, to: Catalog.readingFailures, name)
    }

    private func write(
        _ sockets: [[AddressFamily: [WindowsTCPState: UInt64]]], of owner: Identity,
        to samples: inout SampleBuffer
    ) {
        for family in AddressFamily.allCases {
            let states = sockets.reduce(into: [WindowsTCPState: UInt64]()) { sum, one in
                sum.merge(one[family] ?? [:], uniquingKeysWith: +)
            }
            for (state, count) in WindowsTCPState.labelled(states) where count > 0 {
                samples.add(count, to: Catalog.socketCounts, of: owner, family, .tcp, state)
            }
        }
    }
}
