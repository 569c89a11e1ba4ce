/// What the rules of endpoints' namespaces dropped, by endpoint: sums that go on when a namespace is made anew.
struct NftablesAccounts {
    private struct Account {
        /// Of the namespaces that are there, by inode: mostly one.
        var present: [UInt32: NftablesLedger] = [:]
        var gone = NftablesLedger(limit: NftablesAccounts.places)
    }

    /// What a pod may do within its namespace must not cost the agent's memory.
    static let rules = 1024
    private static let places = 128

    private var accounts: [UInt16: Account] = [:]
    /// Namespaces whose rules may have counted before they were first read here.
    private var old: Set<UInt32>?

    /// Namespaces that come after the first call are read from their beginning.
    mutating func begin(with inodes: Set<UInt32>) {
        old = old ?? inodes
    }

    mutating func note(_ reading: NftablesReading, of endpoint: UInt16, inode: UInt32) {
        let isNew = !(old?.contains(inode) ?? true)
        accounts[endpoint, default: Account()].present[
            inode, default: NftablesLedger(isNew: isNew, limit: Self.places)
        ].note(reading)
    }

    /// Closes the books of every namespace but these.
    mutating func settle(allBut inodes: Set<UInt32>) {
        for (endpoint, account) in accounts {
            for (inode, ledger) in account.present where !inodes.contains(inode) {
                accounts[endpoint]?.gone.add(ledger)
                accounts[endpoint]?.present[inode] = nil
                // Should it come again, it is not new.
                old?.insert(inode)
            }
        }
    }

    /// By place, everything that the endpoint's rules dropped.
    func totals(of endpoint: UInt16) -> [NftablesLedger.Place: UInt64] {
        guard let account = accounts[endpoint] else { return [:] }
        var total = account.gone
        for ledger in account.present.values { total.add(ledger) }
        return total.totals
    }

    mutating func forget(_ endpoint: UInt16) {
        accounts[endpoint] = nil
    }
}
