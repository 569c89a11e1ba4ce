package import MetricSchema
package import Observability
import Synchronization

/// Packets that virtual switches dropped at any adapter of the node, by reason. These are the drops that
/// HNS has of its endpoints as one number, so `HNSCollector` leaves the node's to this one.
package final class HyperVCollector: Collector {
    package let name = CollectorName("hyper-v")

    private struct State {
        var ledger = CounterLedger<HyperVDrop>()
        var unreadable: UInt64 = 0
    }

    private let perf: any PerfTransport
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    package init(
        _ perf: any PerfTransport, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.perf = perf
        self.now = now
    }

    /// Why this system has none of these counters: no Hyper-V switch, or one before Server 2016.
    static func missing(_ perf: any PerfTransport) -> String? {
        do {
            let table = PerfTable(parsing: try perf.read(.adapterDropReasons))
            let hasNone = table.instances.isEmpty && !table.absent.isEmpty
            return hasNone ? "this Windows does not have these counters" : nil
        } catch {
            // PDH_CSTATUS_NO_OBJECT and PDH_CSTATUS_NO_COUNTER.
            let noCounters: [WindowsCallError.Cause] = [
                .result(HRESULT(rawValue: 0xC000_0BB8)), .result(HRESULT(rawValue: 0xC000_0BB9)),
            ]
            return error.isPermanent || noCounters.contains(error.cause) ? "\(error)" : nil
        }
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let table = PerfTable(parsing: try perf.read(.adapterDropReasons))
        let now = now()
        let state = state.withLock { state in
            for (instance, values) in table.instances where !instance.isEmpty {
                var row = CounterRow<HyperVDrop>()
                for drop in HyperVDrop.allCases { row[drop] = values[drop.counter] }
                state.ledger.add(row, of: instance, owner: .node, now: now)
            }
            state.ledger.forget(allBut: Set(table.instances.keys), now: now)
            state.unreadable += table.unreadable.count
            return state
        }
        for drop in HyperVDrop.allCases {
            let count = state.ledger.node(drop)
            // A reason that never was is no series: there are 76 of them.
            if count > 0 {
                samples.add(count, to: Catalog.nodeDropPackets, drop.reason, drop.direction)
            }
        }
        samples.add(state.unreadable, to: Catalog.windowsUnreadable, name)
    }
}
