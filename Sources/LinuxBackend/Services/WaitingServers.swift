import MetricSchema
import Observability

/// What was had of servers that are no service's so far and may be: until a service has them, or for as long as names are
/// waited for. It is in nobody's numbers meanwhile, and afterwards neither where no service came.
struct WaitingServers {
    /// Whom clients call, and who is behind that address.
    struct Server: Hashable {
        let called: ServiceIndex.Backend
        let real: IPAddress
    }

    private struct Entry {
        let first: ContinuousClock.Instant
        var account = ServiceAccount()
    }

    /// Some 4 MB.
    static let most = 8_192
    private let patience: Duration
    private var entries: [Server: Entry] = [:]
    private var settled: (generation: UInt64, at: ContinuousClock.Instant)?
    /// Packets that found no room to wait.
    private(set) var hurried: UInt64 = 0

    init(patience: Duration) {
        self.patience = patience
    }

    mutating func add(
        _ amount: FlowLedger.Amount, _ direction: Direction, with server: Server,
        in view: ServiceIndex.View, now: ContinuousClock.Instant
    ) {
        if waits(server, in: view, now: now) {
            entries[server]?.account.add(amount, direction)
        } else if patience > .zero, view.mayBecomeKnown(server.called.address) {
            hurried += amount.packets
        }
    }

    mutating func add(
        _ outcome: ConnectOutcome, in view: ServiceIndex.View, now: ContinuousClock.Instant
    ) {
        let server = Server(called: outcome.server, real: outcome.server.address)
        if waits(server, in: view, now: now) { entries[server]?.account.add(outcome) }
    }

    private mutating func waits(
        _ server: Server, in view: ServiceIndex.View, now: ContinuousClock.Instant
    ) -> Bool {
        guard patience > .zero, view.mayBecomeKnown(server.called.address) else { return false }
        if entries[server] != nil { return true }
        if entries.count >= Self.most { return false }
        entries[server] = Entry(first: now)
        return true
    }

    /// Hands over what turned out to be some service's, and lets go of what will hardly do so. Cheap while nothing can have
    /// changed.
    mutating func settle(
        in view: ServiceIndex.View, now: ContinuousClock.Instant,
        _ take: (Server, ServiceIndex.Answer, ServiceAccount) -> Void
    ) {
        if entries.isEmpty { return }
        if let settled, settled.generation == view.generation, now - settled.at < .seconds(1),
            now >= settled.at
        {
            return
        }
        settled = (view.generation, now)
        for (server, entry) in entries {
            let answer = view.service(at: server.called.address, port: server.called.port)
            if answer != .none { take(server, answer, entry.account) }
            let isLate = now - entry.first >= patience
            if answer != .none || isLate || !view.mayBecomeKnown(server.called.address) {
                entries[server] = nil
            }
        }
    }
}
