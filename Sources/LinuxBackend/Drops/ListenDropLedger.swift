/// The SYNs among what listeners dropped, by endpoint: sums that never go back, of counters that began before us.
struct ListenDropLedger {
    private struct Account {
        let drops: UInt64
        let overflows: UInt64
        private(set) var refused: UInt64 = 0

        /// Where both counters stood when counting began.
        init(drops: UInt64 = 0, overflows: UInt64 = 0) {
            self.drops = drops
            self.overflows = overflows
        }

        mutating func note(drops now: UInt64, overflows seen: UInt64) {
            let (all, others) = (now - min(now, drops), seen - min(seen, overflows))
            refused = max(refused, all - min(all, others))
        }
    }

    private var host: Account
    private var accounts: [UInt16: Account] = [:]
    private var namespaces = StackLedger()
    /// Endpoints that were there before us; nil until it is known.
    private var old: Set<UInt16>?
    private var released: UInt64 = 0

    init(host: StackCounters, overflows: UInt64) {
        self.host = Account(drops: host[.tcpListenDrops] ?? 0, overflows: overflows)
    }

    /// Endpoints that come after the first call begin at nought.
    mutating func begin(with endpoints: Set<UInt16>) {
        old = old ?? endpoints
    }

    mutating func note(host counters: StackCounters, overflows: ListenOverflows) {
        host.note(drops: counters[.tcpListenDrops] ?? 0, overflows: overflows.host)
    }

    mutating func note(
        _ readings: [NamespaceSurvey<StackReading>.Reading], overflows: ListenOverflows
    ) {
        for reading in readings {
            var counters = StackCounters()
            counters[.tcpListenDrops] = reading.answer.counters[.tcpListenDrops]
            namespaces.note(counters, of: reading.endpoint, inode: reading.inode)
        }
        namespaces.settle(allBut: Set(readings.map(\.inode)))
        for endpoint in Set(readings.map(\.endpoint)) {
            let drops = namespaces.total(of: endpoint)?[.tcpListenDrops] ?? 0
            let seen = overflows.endpoints[endpoint] ?? 0
            let isOld = old?.contains(endpoint) ?? true
            var account =
                accounts[endpoint] ?? (isOld ? Account(drops: drops, overflows: seen) : Account())
            account.note(drops: drops, overflows: seen)
            accounts[endpoint] = account
        }
    }

    /// The node's total keeps what its endpoints had.
    mutating func forget(_ endpoint: UInt16) {
        released += refused(by: endpoint)
        accounts[endpoint] = nil
        namespaces.forget(endpoint)
        old?.remove(endpoint)
    }

    func refused(by endpoint: UInt16) -> UInt64 { accounts[endpoint]?.refused ?? 0 }

    var node: UInt64 { accounts.values.reduce(host.refused + released) { $0 + $1.refused } }
}
