import MetricSchema

/// Sums by chain that never go back, of counters that end with their rules. What a rule counted between its last
/// reading and its end is lost.
struct NftablesLedger {
    struct Place: Hashable, Sendable {
        let chain: NftablesChainKey
        let hook: NetfilterHook
        let verdict: NftablesVerdict
    }

    private(set) var totals: [Place: UInt64] = [:]
    private var last: [NftablesReading.RuleKey: UInt64]?

    /// The first reading is where counting begins; a rule that comes later counts from its beginning.
    mutating func note(_ reading: NftablesReading) {
        for (key, rule) in reading.counted {
            let place = Place(
                chain: key.chain, hook: reading.hooks[key.chain] ?? .unknown, verdict: rule.verdict)
            totals[place, default: 0] += growth(of: key, to: rule.packets)
        }
        last = reading.counted.mapValues(\.packets)
    }

    /// A counter that is smaller than it was has been reset.
    private func growth(of key: NftablesReading.RuleKey, to now: UInt64) -> UInt64 {
        guard let last else { return 0 }
        let before = last[key] ?? 0
        return now >= before ? now - before : now
    }
}
