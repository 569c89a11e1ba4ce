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

    private let targets: [(node: Int, address: IPAddress)]
    private let interval: Duration
    private let roundTrips: @Sendable (Int) -> UInt64
    private let ask: Ask
    private let presences = Mutex<[Int: PeerPresence]>([:])
    private let heard = Mutex<[Int: UInt64]>([:])
    /// Probes block, so they have a thread of their own.
    private let queue = DispatchQueue(label: "node probes")

    /// Asks a node at its first address, and each once in `interval`. `roundTrips` is how many were measured to a
    /// node.
    package init(
        _ peers: TCPPeers, interval: Duration, roundTrips: @escaping @Sendable (Int) -> UInt64,
        ask: @escaping Ask
    ) {
        targets = peers.nodes.indices.compactMap { node in
            peers.address(of: node).map { (node, $0) }
        }
        self.interval = interval
        self.roundTrips = roundTrips
        self.ask = ask
    }

    /// Nil until it was first looked for.
    package func presence(of node: Int) -> PeerPresence? { presences.withLock { $0[node] } }

    /// Runs until cancelled: at most one probe's second later.
    package func run() async {
        guard !targets.isEmpty else { return }
        let pause = max(interval / targets.count, Self.shortestPause)
        var turn = 0
        repeat {
            await look(for: targets[turn])
            turn = (turn + 1) % targets.count
        } while (try? await Task.sleep(for: pause)) != nil
    }

    /// However many nodes there are, no more than 20 probes a second.
    private static let shortestPause = Duration.milliseconds(50)

    /// Looks for every node once, without a pause.
    package func lookForAll() async {
        for target in targets { await look(for: target) }
    }

    private func look(for target: (node: Int, address: IPAddress)) async {
        let measured = roundTrips(target.node)
        let before = heard.withLock { $0.updateValue(measured, forKey: target.node) }
        let presence: PeerPresence
        if measured != before ?? 0 {
            presence = .heard
        } else if let nanoseconds = await answer(of: target.address) {
            presence = .answered(nanoseconds: nanoseconds)
        } else {
            presence = .silent
        }
        presences.withLock { $0[target.node] = presence }
    }

    private func answer(of address: IPAddress) async -> UInt64? {
        await withCheckedContinuation { continuation in
            queue.async { [ask] in continuation.resume(returning: ask(address)) }
        }
    }
}
