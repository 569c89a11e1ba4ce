/// The SYNs among what listeners dropped, by endpoint: sums that never go back, of counters that began before us.
struct ListenDropLedger {
    /// What a listener's namespace dropped, and what of it is told by the drop program, both since we began.
    private struct Account {
        let overflowsBegan: UInt64
        private(set) var refused: UInt64 = 0
        private var drops: UInt64 = 0
        private var read: ContinuousClock.Instant?
        /// Known before `drops` was read.
        private var before: UInt64
        private var latest: UInt64

        init(overflows: UInt64 = 0) {
            overflowsBegan = overflows
            before = overflows
            latest = overflows
        }

        /// `seen` are the last acknowledgements themselves.
        mutating func note(drops now: UInt64, exactly seen: UInt64) {
            let others = seen - min(seen, overflowsBegan)
            refused = max(refused, now - min(now, others))
        }

        /// `seen` has the last acknowledgements and others. What both counters grew by from one reading to the next is
        /// held against each other, so that what others there are takes little away; as the drop program is read after
        /// the kernel's counter, its part begins with what it had before the earlier reading.
        mutating func note(drops now: UInt64, atMost seen: UInt64, at time: ContinuousClock.Instant)
        {
            defer { latest = max(latest, seen) }
            if time == read { return }
            let (grown, others) = (now - min(now, drops), seen - min(seen, before))
            refused += grown - min(grown, others)
            (drops, read, before) = (max(drops, now), time, latest)
        }
    }

    private let isExact: Bool
    private var host: Account
    private var accounts: [UInt16: Account] = [:]
    private var drops: NamespaceCounter
    private var released: UInt64 = 0

    init(host: StackCounters, overflows: ListenOverflows) {
        isExact = overflows.isExact
        drops = NamespaceCounter(.tcpListenDrops, host: host)
        self.host = Account(overflows: overflows.host)
    }

    /// Endpoints that come after the first call begin at nought.
    mutating func begin(with endpoints: Set<UInt16>) {
        drops.begin(with: endpoints)
    }

    /// The kernel's counters, and what the drop program had when it was read after them.
    mutating func note(
        host counters: StackCounters?, _ readings: [NamespaceSurvey<StackReading>.Reading],
        overflows: ListenOverflows, now: ContinuousClock.Instant = .now
    ) {
        if let counters {
            drops.note(host: counters)
            note(&host, drops.host, overflows.host, now)
        }
        drops.note(readings)
        for (endpoint, readings) in Dictionary(grouping: readings, by: \.endpoint) {
            // Of two namespaces that were read at different times no interval is known.
            guard let taken = readings.first?.taken, isExact || readings.count == 1 else {
                continue
            }
            let seen = overflows.seen(by: endpoint)
            let began = isExact && drops.wasThere(endpoint) ? seen : 0
            var account = accounts[endpoint] ?? Account(overflows: began)
            note(&account, drops.grown(of: endpoint), seen, taken)
            accounts[endpoint] = account
        }
    }

    private func note(
        _ account: inout Account, _ drops: UInt64, _ seen: UInt64, _ time: ContinuousClock.Instant
    ) {
        if isExact {
            account.note(drops: drops, exactly: seen)
        } else {
            account.note(drops: drops, atMost: seen, at: time)
        }
    }

    /// The node's total keeps what its endpoints had.
    mutating func forget(_ endpoint: UInt16) {
        released += refused(by: endpoint)
        accounts[endpoint] = nil
        drops.forget(endpoint)
    }

    func refused(by endpoint: UInt16) -> UInt64 { accounts[endpoint]?.refused ?? 0 }

    var node: UInt64 { accounts.values.reduce(host.refused + released) { $0 + $1.refused } }
}
