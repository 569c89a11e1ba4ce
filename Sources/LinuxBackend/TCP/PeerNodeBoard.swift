package import Observability
import Synchronization

/// The places of other nodes, for all who measure them and tell of them.
package final class PeerNodeBoard: Sendable {
    private let state: Mutex<PeerNodePlaces>

    package init(capacity: Int) {
        state = Mutex(PeerNodePlaces(capacity: capacity))
    }

    package var places: PeerNodePlaces { state.withLock { $0 } }

    /// Takes up what nodes there are now; for one caller at a time. `watch` is given each address's place and the places
    /// that begin anew, before anybody else sees them; where it fails, all is as it was and may be tried again.
    package func follow(
        _ nodes: [PeerNode], now: ContinuousClock.Instant = .now,
        watch: (_ addresses: [IPAddress: Int], _ fresh: [Int]) throws -> Void
    ) rethrows {
        var next = places
        let fresh = next.follow(nodes, now: now)
        try watch(next.watched, fresh)
        state.withLock { $0 = next }
    }
}
