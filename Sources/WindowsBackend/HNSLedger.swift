import MetricSchema
import Observability

/// Totals that never go backwards, from counters that vanish with their endpoint.
///
/// Each reading of an endpoint adds what grew since the one before to its identity's total and to
/// the node's. Endpoints that are gone are remembered for the grace that series have: till then
/// their identity's total stays, and if they come back, as after a restart of HNS, nothing is
/// counted twice. What an endpoint counted after its last reading goes with it.
struct HNSLedger {
    private struct Entry {
        let identity: Identity
        var stats: HNSEndpointStats
        var lastRead: ContinuousClock.Instant
        var lastListed: ContinuousClock.Instant
    }

    private var entries: [String: Entry] = [:]
    private var totals: [Identity: HNSEndpointStats] = [:]
    /// All endpoints that ever were.
    private(set) var node = HNSEndpointStats()

    subscript(_ identity: Identity) -> HNSEndpointStats {
        totals[identity] ?? HNSEndpointStats()
    }

    /// Takes in one reading. An endpoint that is listed twice is read twice, and counted once.
    mutating func add(
        _ stats: HNSEndpointStats, of endpoint: HNSEndpoint, now: ContinuousClock.Instant
    ) {
        let before = entries[endpoint.key]
        let growth = before.map { stats.growth(since: $0.stats) } ?? stats
        let identity = before?.identity ?? endpoint.identity
        entries[endpoint.key] = Entry(
            identity: identity, stats: stats, lastRead: now, lastListed: now)
        totals[identity, default: HNSEndpointStats()] += growth
        node += growth
    }

    /// Who has an endpoint that was read within the grace.
    func identities(at now: ContinuousClock.Instant) -> Set<Identity> {
        Set(entries.values.filter { $0.lastRead + SeriesLifetime.grace > now }.map(\.identity))
    }

    /// Forgets endpoints that have not been listed for longer than the grace.
    mutating func forget(allBut listed: Set<String>, now: ContinuousClock.Instant) {
        for key in listed { entries[key]?.lastListed = now }
        entries = entries.filter { $0.value.lastListed + SeriesLifetime.grace > now }
        let remembered = Set(entries.values.map(\.identity))
        totals = totals.filter { remembered.contains($0.key) }
    }
}
