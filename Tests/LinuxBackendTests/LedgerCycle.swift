import KernelABI
import MetricSchema

@testable import LinuxBackend

/// The reader's cycle as `LiveFlowCache` runs it, over the model.
struct LedgerCycle: ~Copyable {
    private let model: PacketProgramModel
    private var ledger: FlowLedger
    private(set) var losses = DetailLosses()
    private(set) var reported: [PacketProgramModel.Flow: FlowLedger.Amount] = [:]

    init(_ model: PacketProgramModel) {
        self.model = model
        ledger = FlowLedger(count: model.count)
    }

    /// `meanwhile` runs between any two steps.
    mutating func run(_ meanwhile: () -> Void = {}) {
        model.flip(meanwhile: meanwhile)
        meanwhile()
        let lost = model.lost
        meanwhile()
        // Through windows of two slots, as the cache is too large to be mapped at once.
        for first in stride(from: 0, to: model.count, by: 2) {
            let window = UnsafeBufferPointer(start: model.slots + first, count: 2)
            ledger.scan(window, from: first) { key, amount in
                reported[Self.flow(key), default: .init()] += amount
                meanwhile()
            }
        }
        for (flow, totals) in model.drain() {
            let spilled = flow_totals(packets: totals.packets, bytes: totals.bytes, tcp_flags: 0)
            reported[flow, default: .init()] += ledger.settle(flow.key, spilled)
            meanwhile()
        }
        ledger.close {
            losses.seen($0, Direction(marks: $1), $2)
        } owed: {
            losses.owed($0, Direction(marks: $1), $2)
        }
        losses.close(lostSoFar: lost)
    }

    private static func flow(_ key: flow_key) -> PacketProgramModel.Flow {
        PacketProgramModel.Flow(
            number: withUnsafeBytes(of: key.source) { $0.load(as: UInt32.self) },
            endpoint: key.endpoint,
            direction: Direction(marks: key.marks))
    }
}
