import Synchronization

/// The flows that were lost and judged last, each once with how often and when. Where there are more than there is
/// room for, those make room that no policy denies, and of these the ones that were seen longest ago.
package final class RecentFlows: Sendable {
    private struct Sightings {
        var count: UInt64
        let first: Double
        var last: Double
    }

    private struct State {
        var flows: [LostFlow: Sightings] = [:]
        var madeRoom: UInt64 = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    package init(capacity: Int = 1024) {
        self.capacity = capacity
    }

    /// Packets or connections that were lost up to `time`, in seconds since 1970.
    package func note(_ lost: [(flow: LostFlow, count: UInt64)], at time: Double) {
        if lost.isEmpty { return }
        state.withLock { state in
            for (flow, count) in lost {
                var seen = state.flows[flow] ?? Sightings(count: 0, first: time, last: time)
                seen.count += count
                seen.last = max(seen.last, time)
                state.flows[flow] = seen
            }
            if state.flows.count <= capacity { return }
            let kept = state.flows.sorted {
                $0.key.isDenied == $1.key.isDenied
                    ? $0.value.last > $1.value.last : $0.key.isDenied
            }
            .prefix(capacity)
            state.madeRoom += UInt64(state.flows.count - kept.count)
            state.flows = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
        }
    }

    /// What there is at `time`, by this clock; what was lost last comes first.
    package func document(at time: Double) -> FlowsDocument {
        let (flows, madeRoom) = state.withLock { ($0.flows, $0.madeRoom) }
        let records = flows.map { flow, seen in
            FlowRecord(flow, count: seen.count, firstSeen: seen.first, lastSeen: seen.last)
        }
        return FlowsDocument(
            time: time, isFollowed: true, capacity: capacity, madeRoom: madeRoom,
            flows: records.sorted { ($1.lastSeen, $0.order) < ($0.lastSeen, $1.order) })
    }
}
