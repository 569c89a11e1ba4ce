package import MetricSchema
package import Observability
import Synchronization

/// What each component of the network stack dropped while pktmon counted. One process a scrape.
///
/// A counter names the reason of its last drop only, so these are not put into series by reason. The
/// counters begin again whenever somebody starts pktmon.
package final class PktmonCollector: Collector {
    package let name = CollectorName("pktmon")
    static let metrics: [MetricDescriptor] = [
        Catalog.pktmonComponentDrops.descriptor, Catalog.windowsProcesses.descriptor,
    ]

    /// The drops of one component in either direction.
    private enum Column: Int, CaseIterable, Sendable {
        case packetsIn, packetsOut
    }

    private struct State {
        var ledger = CounterLedger<Column>()
        var processes: UInt64 = 0
        var unreadable: UInt64 = 0
    }

    private let pktmon: any PktmonTransport
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    package init(
        _ pktmon: any PktmonTransport,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.pktmon = pktmon
        self.now = now
    }

    package func collect(into samples: inout SampleBuffer) throws {
        state.withLock { $0.processes += 1 }
        let counters = try PktmonCounters(parsing: pktmon.ask(.counters))
        var rows: [String: (component: PktmonCounters.Component, row: CounterRow<Column>)] = [:]
        for component in counters.components {
            for drop in component.counters where drop.isDrop {
                let key = Self.key(component)
                var (_, row) = rows[key] ?? (component, CounterRow(repeating: 0))
                row[.packetsIn] = Self.sum(row[.packetsIn], drop.packetsIn)
                row[.packetsOut] = Self.sum(row[.packetsOut], drop.packetsOut)
                rows[key] = (component, row)
            }
        }
        let now = now()
        let state = state.withLock { state in
            for (key, (_, row)) in rows {
                state.ledger.add(row, of: key, owner: Identity(pod: key), now: now)
            }
            state.ledger.forget(allBut: Set(rows.keys), now: now)
            state.unreadable += counters.unreadable.count
            return state
        }
        for (key, (component, _)) in rows {
            let label = PktmonComponent(
                group: component.group, component: component.name, id: component.id)
            let owner = Identity(pod: key)
            if let packets = state.ledger.total(.packetsIn, of: owner), packets > 0 {
                samples.add(packets, to: Catalog.pktmonComponentDrops, label, .ingress)
            }
            if let packets = state.ledger.total(.packetsOut, of: owner), packets > 0 {
                samples.add(packets, to: Catalog.pktmonComponentDrops, label, .egress)
            }
        }
        samples.add(state.processes, to: Catalog.windowsProcesses, .pktmon)
        samples.add(state.unreadable, to: Catalog.windowsUnreadable, name)
    }

    private static func key(_ component: PktmonCounters.Component) -> String {
        "\(component.id) \(component.group) \(component.name)"
    }

    /// Nil where either is not known: the sum would be wrong.
    private static func sum(_ one: UInt64?, _ other: UInt64?) -> UInt64? {
        one.flatMap { one in other.map { one &+ $0 } }
    }
}
