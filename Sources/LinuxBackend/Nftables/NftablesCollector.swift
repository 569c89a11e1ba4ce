package import MetricSchema
package import Observability
import Synchronization

/// What the node's own nftables rules dropped, by table and chain, from the counters that rules carry. No tracepoint
/// has these names, and rules are never altered to get them.
package final class NftablesCollector: Collector {
    package let name = CollectorName("nftables")
    private let rules: RestedReading<NftablesReading>
    private let isThere: @Sendable () -> Bool
    private let state = Mutex(State())

    private struct State {
        var ledger = NftablesLedger()
        var noted: ContinuousClock.Instant?
    }

    /// Where there are no nftables nothing is said.
    init(
        isThere: @escaping @Sendable () -> Bool = { true },
        rules: @escaping @Sendable () throws -> NftablesReading
    ) {
        self.isThere = isThere
        self.rules = RestedReading(read: rules)
    }

    package static func live() -> NftablesCollector {
        NftablesCollector {
            NftablesReading.problem() == nil
        } rules: {
            try NftablesReading.live()
        }
    }

    /// nf_tables may come later: with the first rule.
    package static var capability: Capability {
        let problem = NftablesReading.problem()
        return Capability(
            "nftables counters", missing: problem,
            absentMetrics: problem == nil ? [] : Catalog.nftables.map(\.name))
    }

    package func collect(into samples: inout SampleBuffer) throws {
        guard isThere() else { return }
        let now = ContinuousClock.now
        let reading = try rules.latest()
        let totals = state.withLock { state in
            if state.noted.map({ $0 < reading.at }) ?? true {
                state.noted = reading.at
                state.ledger.note(reading.answer)
            }
            return state.ledger.totals
        }
        for (place, packets) in totals {
            samples.add(
                packets, to: Catalog.nftablesDrops, place.chain.family,
                NftablesTable(place.chain.table), NftablesChain(place.chain.chain), place.hook,
                place.verdict)
        }
        for (table, count) in reading.answer.uncounted {
            samples.add(
                count, to: Catalog.nftablesUncounted, table.family, NftablesTable(table.table))
        }
        samples.add(max(.zero, now - reading.at).seconds, to: Catalog.nftablesAge)
    }
}
