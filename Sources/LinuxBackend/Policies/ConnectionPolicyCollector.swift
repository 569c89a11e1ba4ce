package import MetricSchema
package import Observability
import Synchronization

/// What network policies say of connections that this node's pods could not open.
///
/// Failures are judged about once a second, while names are true, by the policies of both ends: a packet may have died
/// on another node, or been answered by a reset. Until policies are known they wait, and so they do for a short while
/// where the server's address may be about to get a name.
package final class ConnectionPolicyCollector: Collector, EndpointFollower {
    package let name = CollectorName("connection-policies")
    private let board: EndpointBoard
    private let identities: IdentityIndex
    private let judge: any PolicyJudge
    private let recent: RecentFlows
    private let patience: Duration
    private let take: @Sendable () throws -> [ConnectOutcome]
    private let lost: @Sendable () throws -> UInt64
    private let state = Mutex(State())

    private struct State {
        /// Whose each address was last.
        var owners: [IPAddress: UInt16] = [:]
        var waiting: [Failure: Waiting] = [:]
        var totals: [Key: UInt64] = [:]
        var unjudged: UInt64 = 0
        var generation: UInt64?

        /// A destination that had a provisional name is who it turned out to be.
        mutating func rename(in view: IdentityIndex.View) {
            if generation == view.generation { return }
            generation = view.generation
            totals = Dictionary(
                totals.map { key, count in
                    var key = key
                    key.destination = view.current(key.destination)
                    return (key, count)
                }, uniquingKeysWith: +)
        }
    }

    private struct Failure: Hashable {
        let endpoint: UInt16
        let server: ServiceIndex.Backend
        let why: TCPFailure
    }

    private struct Waiting {
        var count: UInt64
        let since: ContinuousClock.Instant
    }

    private struct Key: Hashable {
        let endpoint: UInt16
        var destination: IdentityNumber
        let why: TCPFailure
        let direction: Direction
        let finding: PolicyFinding
    }

    /// Two numbers of a destination may have one name.
    private struct Row: Hashable {
        let source: Identity
        let destination: Identity
        let why: TCPFailure
        let direction: Direction
        let finding: PolicyFinding
    }

    /// More than the kernel keeps between two readings.
    private static let mostWaiting = 16_384

    /// `take` gives what became of connections since it was called last, `lost` how many failures it will never give.
    /// For `patience` a failure waits for its server's name, where that may get one.
    package init(
        board: EndpointBoard, identities: IdentityIndex, judge: any PolicyJudge,
        recent: RecentFlows, patience: Duration,
        take: @escaping @Sendable () throws -> [ConnectOutcome],
        lost: @escaping @Sendable () throws -> UInt64
    ) {
        self.board = board
        self.identities = identities
        self.judge = judge
        self.recent = recent
        self.patience = patience
        self.take = take
        self.lost = lost
    }

    /// Who is gone keeps its addresses until they are another's: its last failures come after it.
    package func follow(_ places: EndpointPlaces) {
        state.withLock { $0.owners.merge(places.addresses) { _, new in new } }
    }

    package func forget(_ endpoint: UInt16) {
        try? bringUpToDate()
        state.withLock { state in
            for (failure, waiting) in state.waiting where failure.endpoint == endpoint {
                state.unjudged += waiting.count
                state.waiting[failure] = nil
            }
            state.totals = state.totals.filter { $0.key.endpoint != endpoint }
            state.owners = state.owners.filter { $0.value != endpoint }
        }
    }

    /// Judges what failed up to now.
    package func bringUpToDate() throws { try bringUpToDate(now: .now) }

    package func bringUpToDate(now: ContinuousClock.Instant) throws {
        let judged: [(flow: LostFlow, count: UInt64)] = try state.withLock { state in
            for outcome in try take() { Self.add(outcome, to: &state, now: now) }
            let view = identities.current
            state.rename(in: view)
            return judge.isReady ? settle(&state, view, now: now) : []
        }
        recent.note(judged, at: UnixTime.now)
    }

    /// Without a SYN there was nothing for a policy to end.
    private static func add(
        _ outcome: ConnectOutcome, to state: inout State, now: ContinuousClock.Instant
    ) {
        guard case .failed(let why) = outcome.kind, why != .notSent, outcome.endpoint != 0 else {
            return
        }
        let failure = Failure(endpoint: outcome.endpoint, server: outcome.server, why: why)
        if state.waiting[failure] == nil, state.waiting.count >= mostWaiting {
            state.unjudged += outcome.connections
            return
        }
        state.waiting[failure, default: Waiting(count: 0, since: now)].count += outcome.connections
    }

    private func settle(
        _ state: inout State, _ view: IdentityIndex.View, now: ContinuousClock.Instant
    ) -> [(flow: LostFlow, count: UInt64)] {
        if state.waiting.isEmpty { return [] }
        let due = state.waiting.filter { failure, waiting in
            view.prospect(of: failure.server.address) != .open || now - waiting.since >= patience
        }
        for failure in due.keys { state.waiting[failure] = nil }
        let names = board.podIdentities
        let addresses = Dictionary(grouping: state.owners, by: \.value)
        let attempts = due.map { failure, waiting in
            (failure, waiting.count, Self.attempt(failure, addresses[failure.endpoint] ?? []))
        }
        let known = attempts.compactMap(\.2)
        var judgements = judge.judge(known, everywhere: true, in: view)[...]
        var judged: [(flow: LostFlow, count: UInt64)] = []
        for (failure, count, attempt) in attempts {
            var judgement = PolicyJudgement.notDenied(.unknown)
            if attempt != nil { judgement = judgements.popFirst() ?? judgement }
            // It was somebody's a moment ago, and the connection may have been to that one.
            if view.prospect(of: failure.server.address) == .givenUp {
                judgement = .notDenied(.unknown)
            }
            var direction = Direction.egress
            if case .denied(let end, _) = judgement { direction = end.policyDirection }
            let destination = view.identity(of: failure.server.address)
            let key = Key(
                endpoint: failure.endpoint, destination: destination, why: failure.why,
                direction: direction, finding: PolicyFinding(judgement))
            state.totals[key, default: 0] += count
            guard let attempt, let client = names[failure.endpoint] else { continue }
            judged.append(
                (
                    LostFlow(
                        attempt, client: client, server: view[destination], lostAt: .client,
                        .egress, loss: .connections(failure.why), judgement: judgement), count
                ))
        }
        return judged
    }

    /// Nil where the client had no address of that kind, or somebody else has it.
    private static func attempt(
        _ failure: Failure, _ own: [(key: IPAddress, value: UInt16)]
    ) -> FlowAttempt? {
        let server = failure.server
        let client = own.map(\.key).filter { $0.isV4 == server.address.isV4 }
            .min { $0.isPreferred(to: $1) }
        return client.map {
            FlowAttempt(
                client: $0, server: server.address, protocolNumber: 6, port: server.port)
        }
    }

    package func collect(into samples: inout SampleBuffer) throws {
        try bringUpToDate()
        let names = board.podIdentities
        let view = identities.current
        let cutoff = ContinuousClock.now - SeriesLifetime.grace
        let (totals, unjudged) = state.withLock { state in
            state.totals = state.totals.filter { key, _ in
                !view.isForgotten(key.destination)
                    && view.retirement(of: key.destination).map { $0 > cutoff } ?? true
            }
            return (state.totals, state.unjudged)
        }
        var rows: [Row: UInt64] = [:]
        for (key, count) in totals {
            guard let source = names[key.endpoint] else { continue }
            let row = Row(
                source: source, destination: view[key.destination], why: key.why,
                direction: key.direction, finding: key.finding)
            rows[row, default: 0] += count
        }
        for (row, count) in rows {
            let (from, to) = (SourceLabel(row.source), DestinationLabel(row.destination))
            switch row.finding {
            case .denied(let policies):
                samples.add(
                    count, to: Catalog.policyDeniedConnections, from, to, row.direction, policies,
                    row.why)
            case .notDenied(let acquittal):
                samples.add(
                    count, to: Catalog.policyAcquittedConnections, from, to, acquittal, row.why)
            }
        }
        samples.add(unjudged + (try lost()), to: Catalog.policyUnjudgedConnections)
    }
}
