import Synchronization

/// Counters of 32 bits in the kernel, made to count on past 2^32 and never back. A smaller number than before is
/// a counter that went round if the two are within half its range of each other, and else one that began anew.
package final class WideCounters<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var last: UInt32
        var total: UInt64
    }

    private let states = Mutex<[Key: State]>([:])

    package init() {}

    /// What `key` has counted in all, now that the kernel says `current`.
    package func total(of key: Key, now current: UInt32) -> UInt64 {
        states.withLock { states in
            guard var state = states[key] else {
                states[key] = State(last: current, total: UInt64(current))
                return UInt64(current)
            }
            let step = current &- state.last
            state.total += UInt64(current >= state.last || step < 1 << 31 ? step : current)
            state.last = current
            states[key] = state
            return state.total
        }
    }

    /// Forgets what is not among `keys`.
    package func keep(_ keys: Set<Key>) {
        states.withLock { states in states = states.filter { keys.contains($0.key) } }
    }
}
