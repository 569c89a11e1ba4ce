import MetricSchema
import Observability

/// Totals that never go backwards, from counters that vanish with what they count for.
///
/// Each reading of an object (an endpoint, a port, an interface) adds what grew since the one before to its
/// owner's total and to the node's. Objects that are gone are remembered for the grace that series have:
/// till then their owner's total stays, and if they come back, as after a restart of HNS, nothing
/// is counted twice. What an object counted after its last reading goes with it. A number that one
/// reading lacks is made up for by the next that has it.
struct CounterLedger<Column>
where Column: CaseIterable & RawRepresentable & Sendable, Column.RawValue == Int {
    private struct Entry {
        var owner: Identity
        /// The last number of each column that could be read.
        var base = CounterRow<Column>(repeating: 0)
        /// All it ever added to the totals.
        var given: [UInt64]
        /// Columns that the last reading lacked.
        var lacking: Set<Int> = []
        var lastAdded: ContinuousClock.Instant
        /// When it was read, or was there and had to wait for its turn.
        var lastRead: ContinuousClock.Instant
        var lastListed: ContinuousClock.Instant
    }

    private var entries: [String: Entry] = [:]
    private var totals: [Identity: [UInt64]] = [:]
    private var sums = zeros

    private static var zeros: [UInt64] { Array(repeating: 0, count: Column.allCases.count) }

    /// The node's total: all objects that ever were.
    func node(_ column: Column) -> UInt64 { sums[column.rawValue] }

    /// Nil where one of the owner's objects lacked the number when it was last read: the sum would be wrong.
    func total(_ column: Column, of owner: Identity, lacking: Set<Int> = []) -> UInt64? {
        if lacking.contains(column.rawValue) { return nil }
        return totals[owner].map { $0[column.rawValue] }
    }

    /// Takes in one reading. An object that is listed twice is read twice, and counted once. An object that
    /// changes hands, as one does that is known before its pod, takes along what it counted, unless
    /// others remain with the old owner, whose total must not shrink.
    mutating func add(
        _ row: CounterRow<Column>, of key: String, owner: Identity, now: ContinuousClock.Instant
    ) {
        var entry =
            entries[key]
            ?? Entry(
                owner: owner, given: Self.zeros, lastAdded: now, lastRead: now, lastListed: now)
        if entry.owner != owner { move(&entry, of: key, to: owner) }
        var total = totals[owner] ?? Self.zeros
        let began = Column.allCases.contains { column in
            guard let now = row[column], let before = entry.base[column] else { return false }
            return now < before
        }
        if began { entry.base = CounterRow(repeating: 0) }
        entry.lacking = []
        for column in Column.allCases {
            let place = column.rawValue
            guard let value = row[column] else {
                entry.lacking.insert(place)
                continue
            }
            // Wrapping, as counters do: a value that makes no sense must not end the process.
            let growth = value &- (entry.base[column] ?? 0)
            entry.base[column] = value
            entry.given[place] &+= growth
            total[place] &+= growth
            sums[place] &+= growth
        }
        entry.lastAdded = now
        entry.lastRead = now
        entry.lastListed = now
        entries[key] = entry
        totals[owner] = total
    }

    private mutating func move(_ entry: inout Entry, of key: String, to owner: Identity) {
        let remaining = entries.contains { $0.key != key && $0.value.owner == entry.owner }
        if !remaining {
            totals[entry.owner] = nil
            var total = totals[owner] ?? Self.zeros
            for place in total.indices { total[place] &+= entry.given[place] }
            totals[owner] = total
        } else {
            entry.given = Self.zeros
        }
        entry.owner = owner
    }

    /// The object was not read, and is there: its turn has not come. It may have changed hands.
    mutating func keep(_ key: String, owner: Identity, now: ContinuousClock.Instant) {
        guard var entry = entries[key] else { return }
        if entry.owner != owner { move(&entry, of: key, to: owner) }
        entry.lastRead = now
        entries[key] = entry
    }

    /// When the object's last reading was.
    func lastAdded(_ key: String) -> ContinuousClock.Instant? { entries[key]?.lastAdded }

    /// Who has an object that was read within the grace, and the columns that one of them lacked when it was
    /// last read.
    func owners(at now: ContinuousClock.Instant) -> [Identity: Set<Int>] {
        var owners: [Identity: Set<Int>] = [:]
        for entry in entries.values where entry.lastRead + SeriesLifetime.grace > now {
            owners[entry.owner, default: []].formUnion(entry.lacking)
        }
        return owners
    }

    /// Forgets objects that have not been listed for longer than the grace.
    mutating func forget(allBut listed: Set<String>, now: ContinuousClock.Instant) {
        for key in listed { entries[key]?.lastListed = now }
        entries = entries.filter { $0.value.lastListed + SeriesLifetime.grace > now }
        let remembered = Set(entries.values.map(\.owner))
        totals = totals.filter { remembered.contains($0.key) }
    }
}
