import KernelABI
import Observability

/// TCP's quality by flow in the kernel: two maps in turn, so that one can be drained while the other fills.
final class LiveTCPFlows: Sendable {
    private let maps: [BPFMap]
    private let turn: BPFMap

    init(_ program: LiveBPFProgram) throws {
        maps = [try program.map("tcp_flows_a"), try program.map("tcp_flows_b")]
        turn = try program.map("tcp_flows_turn")
    }

    /// Sizes the maps, before they are loaded.
    static func prepare(_ object: borrowing LiveBPFProgram.Unloaded, entries: Int) throws {
        try object.resize("tcp_flows_a", to: entries)
        try object.resize("tcp_flows_b", to: entries)
    }

    /// Programs that began before may still write to the other one until the next grace period is over.
    func fill(_ map: Int) throws {
        try turn.set(UInt32(0), to: UInt32(map))
    }

    /// Hands over what is in a map that no program writes to, and empties it.
    func drain(_ map: Int, _ body: (TCPFlowDelta) -> Void) throws {
        try maps[map].forEach(removing: true, batch: 256) { key, flow in
            body(
                TCPFlowDelta(
                    key.loadUnaligned(as: flow_key.self), flow.loadUnaligned(as: tcp_flow.self)))
        }
    }
}
