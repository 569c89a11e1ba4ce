package import MetricSchema
package import Observability
import Synchronization

/// What the nftables rules in endpoints' namespaces dropped, by table and chain. Where nothing was dropped of an endpoint
/// since its namespace was read, no rule has counted a drop, and it is not read again.
package final class EndpointNftablesCollector: Collector, EndpointFollower {
    /// What was dropped of each endpoint so far; nil where that is not known of all.
    typealias Drops = @Sendable (CollectorName) throws -> [UInt16: UInt64]?

    package let name = CollectorName("endpoint_nftables")
    private let board: EndpointBoard
    private let survey: NamespaceSurvey<NftablesReading>
    private let isThere: @Sendable () -> Bool
    private let drops: Drops
    private let state = Mutex(State())

    private struct State {
        var accounts = NftablesAccounts()
        /// By inode, when it was read, and what had been dropped of the endpoint before.
        var noted: [UInt32: (at: ContinuousClock.Instant, drops: UInt64)] = [:]
    }

    /// Where there are no nftables nothing is asked.
    init(
        board: EndpointBoard, survey: NamespaceSurvey<NftablesReading>,
        isThere: @escaping @Sendable () -> Bool = { true }, drops: @escaping Drops
    ) {
        self.board = board
        self.survey = survey
        self.isThere = isThere
        self.drops = drops
    }

    /// Without `drops` every namespace is read at each interval.
    static func live(
        _ settings: LinuxSettings, board: EndpointBoard, drops: SharedReading<DropReading>?
    ) -> EndpointNftablesCollector {
        let survey = NamespaceSurvey<NftablesReading>.live(settings, rest: 50) {
            try NftablesReading.live(limit: NftablesAccounts.rules)
        }
        return EndpointNftablesCollector(board: board, survey: survey) {
            NftablesReading.problem() == nil
        } drops: { reader in
            try drops?.latest(for: reader).byEndpoint
        }
    }

    package func follow(_ places: EndpointPlaces) {
        survey.follow(places)
        state.withLock { $0.accounts.begin(with: Set(places.namespaces.keys)) }
    }

    package func forget(_ endpoint: UInt16) {
        state.withLock { $0.accounts.forget(endpoint) }
    }

    package func collect(into samples: inout SampleBuffer) throws {
        guard isThere() else { return }
        // Before rules are read: what is dropped in between has a namespace read once too often.
        let drops = try drops(name)
        let now = ContinuousClock.now
        let noted = state.withLock { $0.noted }
        let readings = survey.readings(now: now) { reading in
            guard let drops, let before = noted[reading.inode] else { return false }
            return before.drops == drops[reading.endpoint] ?? 0
        }
        let accounts = state.withLock { state in
            for reading in readings where state.noted[reading.inode]?.at != reading.taken {
                state.accounts.note(
                    reading.answer, of: reading.endpoint, inode: reading.inode)
                state.noted[reading.inode] = (reading.taken, drops?[reading.endpoint] ?? 0)
            }
            let inodes = Set(readings.map(\.inode))
            state.accounts.settle(allBut: inodes)
            state.noted = state.noted.filter { inodes.contains($0.key) }
            return state.accounts
        }
        for row in board.rows where row.identity != .node {
            write(accounts.totals(of: row.number), of: PodLabel(row.identity), to: &samples)
        }
        writeUncounted(readings, to: &samples)
        survey.writeHealth(of: name, now: now, to: &samples)
    }

    /// Series that are always nought are not written.
    private func write(
        _ totals: [NftablesLedger.Place: UInt64], of pod: PodLabel, to samples: inout SampleBuffer
    ) {
        for (place, packets) in totals where packets > 0 {
            samples.add(
                packets, to: Catalog.podNftablesDrops, pod, place.chain.family,
                NftablesTable(place.chain.table), NftablesChain(place.chain.chain), place.hook,
                place.verdict)
        }
    }

    private func writeUncounted(
        _ readings: [NamespaceSurvey<NftablesReading>.Reading], to samples: inout SampleBuffer
    ) {
        let identities = board.podIdentities
        var rules: [UInt16: [NftablesChainKey: UInt64]] = [:]
        for reading in readings {
            rules[reading.endpoint, default: [:]].merge(
                reading.answer.uncounted, uniquingKeysWith: +)
        }
        for (endpoint, tables) in rules {
            guard let identity = identities[endpoint] else { continue }
            for (table, count) in tables {
                samples.add(
                    count, to: Catalog.podNftablesUncounted, PodLabel(identity), table.family,
                    NftablesTable(table.table))
            }
        }
    }
}
