import Dispatch
package import Observability
import Synchronization

/// What is known of a peer node's being there.
package enum PeerPresence: Equatable, Sendable {
    /// It answered the last probe, after so long.
    case answered(nanoseconds: UInt64)
    case silent
    /// It acknowledged data meanwhile, so that there was no need to ask.
    case heard
}

/// Asks peer nodes from which nothing was heard; one after another, so that there is never more than one connection
/// under way.
package final class NodeProber: Sendable {
    /// Nanoseconds until there was an answer; nil where none came. May block for a second.
    package typealias Ask = @Sendable (IPAddress) -> UInt64?

    private struct Account {
        var presence: PeerPresence?
        /// Round trips that had been measured when it was last looked for.
        var heard: UInt64 = 0
    }

    private let board: PeerNodeBoard
    private let interval: Duration
    private let roundTrips: @Sendable (Int) -> UInt64
    private let ask: Ask
    /// The place that was looked for last.
    private let turn = Mutex(-1)
    /// By name.
    private let accounts = Mutex<[String: Account]>([:])
    /// Probes block, so they have a thread of their own.
    private let queue = DispatchQueue(label: "node probes")

    /// Asks a node at its first address, and each once in `interval`. `roundTrips` is how many were measured to the
    /// node that has a place.
    package init(
        _ board: PeerNodeBoard, interval: Duration,
        roundTrips: @escaping @Sendable (Int) -> UInt64, ask: @escaping Ask
    ) {
        self.board = board
        self.interval = interval
        self.roundTrips = roundTrips
        self.ask = ask
    }

    /// Nil until it was first looked for.
    package func presence(of node: String) -> PeerPresence? {
        accounts.withLock { $0[node]?.presence }
    }

    /// Runs until cancelled: at most one probe's second later.
    package func run() async {
        var pause: Duration
        repeat {
            pause = await lookForNext()
        } while (try? await Task.sleep(for: pause)) != nil
    }

    /// Looks for the node whose turn it is, and returns how long to wait after that.
    package func lookForNext() async -> Duration {
        let nodes = board.places.present
        let last = turn.withLock { $0 }
        let next = nodes.first { $0.number > last } ?? nodes.first
        if let next {
            await look(for: next)
            turn.withLock { $0 = next.number }
        }
        if next?.number == nodes.last?.number { forget(allBut: nodes) }
        return nodes.isEmpty ? .seconds(1) : max(interval / nodes.count, Self.shortestPause)
    }

    /// However many nodes there are, no more than 20 probes a second.
    private static let shortestPause = Duration.milliseconds(50)

    /// Looks for every node once, without a pause.
    package func lookForAll() async {
        for node in board.places.present { await look(for: node) }
    }

    private func look(for node: PeerNodePlaces.Place) async {
        guard let address = node.addresses.first else { return }
        let measured = roundTrips(node.number)
        let before = accounts.withLock { $0[node.name]?.heard ?? 0 }
        let presence: PeerPresence
        if measured != before {
            presence = .heard
        } else if let nanoseconds = await answer(of: address) {
            presence = .answered(nanoseconds: nanoseconds)
        } else {
            presence = .silent
        }
        accounts.withLock { $0[node.name] = Account(presence: presence, heard: measured) }
    }

    private func forget(allBut nodes: [PeerNodePlaces.Place]) {
        let names = Set(nodes.map(\.name))
        accounts.withLock { accounts in
            accounts = accounts.filter { names.contains($0.key) }
        }
    }

    private func answer(of address: IPAddress) async -> UInt64? {
        await withCheckedContinuation { continuation in
            queue.async { [ask] in continuation.resume(returning: ask(address)) }
        }
    }
}
