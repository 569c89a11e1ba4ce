/// How far one of the kernel's counters has come in each network namespace since the agent began. Endpoints that were
/// there before begin with their first reading, those that come later at nought.
struct NamespaceCounter {
    private let counter: StackCounter
    private let began: UInt64
    /// Of the node's own namespace.
    private(set) var host: UInt64 = 0
    private var accounts: [UInt16: Account] = [:]
    private var namespaces = StackLedger()
    /// Endpoints that were there before us; nil until it is known.
    private var old: Set<UInt16>?

    private struct Account {
        let began: UInt64
        var grown: UInt64 = 0
    }

    init(_ counter: StackCounter, host: StackCounters) {
        self.counter = counter
        began = host[counter] ?? 0
    }

    /// Endpoints that come after the first call begin at nought.
    mutating func begin(with endpoints: Set<UInt16>) {
        old = old ?? endpoints
    }

    mutating func note(host counters: StackCounters) {
        let now = counters[counter] ?? 0
        host = max(host, now - min(now, began))
    }

    mutating func note(_ readings: [NamespaceSurvey<StackReading>.Reading]) {
        for reading in readings {
            var counters = StackCounters()
            counters[counter] = reading.answer.counters[counter]
            namespaces.note(counters, of: reading.endpoint, inode: reading.inode)
        }
        namespaces.settle(allBut: Set(readings.map(\.inode)))
        for endpoint in Set(readings.map(\.endpoint)) {
            let now = namespaces.total(of: endpoint)?[counter] ?? 0
            var account = accounts[endpoint] ?? Account(began: wasThere(endpoint) ? now : 0)
            account.grown = max(account.grown, now - min(now, account.began))
            accounts[endpoint] = account
        }
    }

    mutating func forget(_ endpoint: UInt16) {
        accounts[endpoint] = nil
        namespaces.forget(endpoint)
        old?.remove(endpoint)
    }

    func grown(of endpoint: UInt16) -> UInt64 { accounts[endpoint]?.grown ?? 0 }

    /// Whether the endpoint may have counted before us.
    func wasThere(_ endpoint: UInt16) -> Bool { old?.contains(endpoint) ?? true }
}
