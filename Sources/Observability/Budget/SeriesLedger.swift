import MetricSchema

/// One metric that once had more series than it may, and who has got which part of them.
///
/// Of each series it is remembered how much of it has gone to the shared series, in `shared`. Its own series, while it
/// has one, is the rest. So the sum of all is what it is without a budget, however often places change hands, and a
/// shared counter never goes back.
struct SeriesLedger: Sendable {
    private struct Account {
        var shared: SampleAmount?
        var last: SampleAmount
        var isOwn: Bool
        var seen: ContinuousClock.Instant
    }

    private var accounts: [[UInt8]: Account] = [:]
    private var shared: [[UInt8]: SampleAmount] = [:]
    private(set) var folded = 0

    /// Nothing has been folded that is still there.
    var isEmpty: Bool { shared.isEmpty && folded == 0 }

    /// The family with at most so many series, the shared ones among them: those that grew most have their own. A
    /// series that does not come is remembered for a while, since what reads it may only be late.
    mutating func fold(
        _ family: SampleFamily, to places: Int, now: ContinuousClock.Instant
    ) -> SampleFamily {
        let isGauge = family.descriptor.kind == .gauge
        let rows = family.keyed
        var weights: [Double] = []
        for (key, amount) in rows {
            let account = accounts[key]
            let growth = isGauge ? amount.size : amount.since(account?.last).size
            // Who has a place keeps it unless another grows twice as fast.
            weights.append(account?.isOwn == true ? 2 * growth + 1 : growth)
        }
        let common = Set(rows.map { Self.closedPairs($0.key, of: family.descriptor) })
            .union(shared.keys)
        let fits = rows.count <= places && shared.isEmpty
        let room = fits ? rows.count : max(0, places - common.count)
        let order = rows.indices.sorted {
            weights[$0] != weights[$1]
                ? weights[$0] > weights[$1] : rows[$0].key.isBefore(rows[$1].key)
        }
        var result = SampleFamily(family.descriptor)
        var current: [[UInt8]: SampleAmount] = [:]
        for (rank, place) in order.enumerated() {
            let (key, amount) = rows[place]
            var account =
                accounts[key] ?? Account(shared: nil, last: amount, isOwn: false, seen: now)
            if let part = account.shared, !amount.contains(part) { account.shared = nil }
            account.isOwn = rank < room
            if account.isOwn {
                result.add(isGauge ? amount : amount.since(account.shared), labels: key)
            } else {
                let pairs = Self.closedPairs(key, of: family.descriptor)
                if isGauge {
                    // An age or a ratio of several is none of theirs.
                    if case .count = amount { current[pairs] = amount.adding(current[pairs]) }
                } else {
                    shared[pairs] = amount.since(account.shared).adding(shared[pairs])
                    account.shared = amount
                }
            }
            account.last = amount
            account.seen = now
            accounts[key] = account
        }
        folded = max(0, rows.count - room)
        for (pairs, amount) in isGauge ? current : shared {
            let overflow = Array(#"overflow="true""#.utf8)
            result.add(
                amount, labels: pairs + (pairs.isEmpty ? [] : [UInt8(ascii: ",")]) + overflow)
        }
        accounts = accounts.filter { now - $0.value.seen <= SeriesLifetime.grace }
        return result
    }

    /// The pairs whose label has a fixed set of values; these have nothing in them that is escaped.
    private static func closedPairs(_ key: [UInt8], of descriptor: MetricDescriptor) -> [UInt8] {
        var kept: [UInt8] = []
        var start = key.startIndex
        while start < key.endIndex {
            guard let equals = key[start...].firstIndex(of: UInt8(ascii: "=")) else { break }
            var end = equals + 2
            while end < key.endIndex, key[end] != UInt8(ascii: "\"") {
                end += key[end] == UInt8(ascii: "\\") ? 2 : 1
            }
            let name = String(decoding: key[start..<equals], as: UTF8.self)
            end = min(end + 1, key.endIndex)
            if descriptor.closedValues[name] != nil {
                if !kept.isEmpty { kept.append(UInt8(ascii: ",")) }
                kept += key[start..<end]
            }
            start = end + 1
        }
        return kept
    }
}

extension SampleFamily {
    /// The samples by their label texts.
    var keyed: [(key: [UInt8], amount: SampleAmount)] {
        values.indices.map { sample in
            let start = sample == 0 ? 0 : ends[sample - 1]
            return (
                Array(labels.bytes[start..<ends[sample]]), SampleAmount(values[sample], in: self)
            )
        }
    }
}

extension [UInt8] {
    fileprivate func isBefore(_ other: [UInt8]) -> Bool { lexicographicallyPrecedes(other) }
}
