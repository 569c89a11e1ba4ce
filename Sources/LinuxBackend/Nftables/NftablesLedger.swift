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
    private let limit: Int

    /// `isNew`: rules that the first reading finds count from their beginning. Places beyond `limit` share one without
    /// names.
    init(isNew: Bool = false, limit: Int = .max) {
        last = isNew ? [:] : nil
        self.limit = limit
    }

    /// The first reading is where counting begins; a rule that comes later counts from its beginning.
    mutating func note(_ reading: NftablesReading) {
        for (key, rule) in reading.counted {
            let place = Place(
                chain: key.chain, hook: reading.hooks[key.chain] ?? .unknown, verdict: rule.verdict)
            count(growth(of: key, to: rule.packets), at: place)
        }
        last = reading.counted.mapValues(\.packets)
    }

    /// Adds what another one has.
    mutating func add(_ other: NftablesLedger) {
        for (place, packets) in other.totals { count(packets, at: place) }
    }

    private mutating func count(_ packets: UInt64, at place: Place) {
        let hasRoom = totals[place] != nil || totals.count < limit
        totals[hasRoom ? place : place.unnamed, default: 0] += packets
    }

    /// A counter that is smaller than it was has been reset.
    private func growth(of key: NftablesReading.RuleKey, to now: UInt64) -> UInt64 {
        guard let last else { return 0 }
        let before = last[key] ?? 0
        return now >= before ? now - before : now
    }
}

extension NftablesLedger.Place {
    fileprivate var unnamed: Self {
        Self(
            chain: NftablesChainKey(family: chain.family, table: "", chain: ""), hook: .unknown,
            verdict: verdict)
    }
}
