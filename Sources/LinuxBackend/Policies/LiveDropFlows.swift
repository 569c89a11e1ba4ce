import KernelABI
import Synchronization

/// The flows that filters drop, as the drop program keeps them: two maps, taken in turn.
package final class LiveDropFlows: Sendable {
    /// Flows between two readings before further ones are lost.
    static let entries = 4096

    private let maps: [BPFMap]
    private let active: BPFMap
    private let filling = Mutex(0)

    init(_ program: LiveBPFProgram) throws {
        maps = [try program.map("drop_flows_a"), try program.map("drop_flows_b")]
        active = try program.map("drop_flows_active")
    }

    static func prepare(_ object: borrowing LiveBPFProgram.Unloaded) throws {
        try object.resize("drop_flows_a", to: entries)
        try object.resize("drop_flows_b", to: entries)
    }

    /// What was dropped since the last call.
    package func take() throws -> [DroppedFlow] {
        try filling.withLock { filling in
            let quiet = maps[filling]
            filling = 1 - filling
            // Returns after a grace period: no program still writes to the other map.
            try active.set(UInt32(0), to: UInt32(bitPattern: maps[filling].descriptor))
            var flows: [DroppedFlow] = []
            try quiet.forEach(removing: true) { key, totals in
                let totals = totals.loadUnaligned(as: drop_totals.self)
                flows.append(
                    DroppedFlow(
                        key.loadUnaligned(as: drop_flow_key.self),
                        FlowLedger.Amount(packets: totals.packets, bytes: totals.bytes)))
            }
            return flows
        }
    }
}
