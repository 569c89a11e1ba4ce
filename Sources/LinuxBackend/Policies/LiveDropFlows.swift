import KernelABI

/// The flows that filters drop, as the drop program keeps them.
package final class LiveDropFlows: Sendable {
    private let maps: AlternatingMaps
    private let filters: [String]

    /// `filters` are the reasons of filters other than netfilter, in the order of the program's knobs.
    init(_ program: LiveBPFProgram, filters: [String]) throws {
        self.filters = filters
        maps = try AlternatingMaps(program, "drop_flows")
    }

    /// So many flows between two readings before further ones are lost.
    static func prepare(_ object: borrowing LiveBPFProgram.Unloaded) throws {
        try AlternatingMaps.prepare(object, "drop_flows", entries: 4096)
    }

    /// What was dropped since the last call.
    package func take() throws -> [DroppedFlow] {
        var flows: [DroppedFlow] = []
        try maps.drain { key, totals in
            let totals = totals.loadUnaligned(as: drop_totals.self)
            flows.append(
                DroppedFlow(
                    key.loadUnaligned(as: drop_flow_key.self), filters: filters,
                    FlowLedger.Amount(packets: totals.packets, bytes: totals.bytes)))
        }
        return flows
    }
}
