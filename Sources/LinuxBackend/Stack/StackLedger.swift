/// Keeps endpoints' counters from going back: a namespace that is made anew under an old name begins at nought,
/// but its endpoint's series go on.
struct StackLedger {
    private struct Account {
        /// Of the namespaces that are there, by inode: mostly one.
        var present: [UInt32: StackCounters] = [:]
        var gone = StackCounters()
    }

    private var accounts: [UInt16: Account] = [:]

    /// Where a counter is smaller than it was, the kernel has given the inode again to another namespace.
    mutating func note(_ counters: StackCounters, of endpoint: UInt16, inode: UInt32) {
        var account = accounts[endpoint] ?? Account()
        if let before = account.present[inode], counters.isBehind(before) {
            account.gone.addCounters(of: before)
        }
        account.present[inode] = counters
        accounts[endpoint] = account
    }

    /// Closes the books of every namespace but these.
    mutating func settle(allBut inodes: Set<UInt32>) {
        for (endpoint, account) in accounts {
            for (inode, counters) in account.present where !inodes.contains(inode) {
                accounts[endpoint]?.gone.addCounters(of: counters)
                accounts[endpoint]?.present[inode] = nil
            }
        }
    }

    /// Everything the endpoint has counted, all its namespaces so far. How many connections there are is of
    /// those that are there.
    func total(of endpoint: UInt16) -> StackCounters? {
        guard let account = accounts[endpoint] else { return nil }
        var total = account.gone
        for counters in account.present.values {
            total.addCounters(of: counters)
            if let established = counters[.tcpEstablished] {
                total[.tcpEstablished] = (total[.tcpEstablished] ?? 0) + established
            }
        }
        return total
    }

    mutating func forget(_ endpoint: UInt16) {
        accounts[endpoint] = nil
    }
}

extension StackCounters {
    fileprivate func isBehind(_ other: StackCounters) -> Bool {
        other.values.contains { counter, count in
            counter != .tcpEstablished && self[counter] ?? 0 < count
        }
    }

    fileprivate mutating func addCounters(of other: StackCounters) {
        for (counter, count) in other.values where counter != .tcpEstablished {
            self[counter] = (self[counter] ?? 0) + count
        }
    }
}
