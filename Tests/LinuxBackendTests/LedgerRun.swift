import TestSupport
import MetricSchema
import Testing

@testable import LinuxBackend

/// Random traffic on random flows, with cycles in the middle of it.
struct LedgerRun: ~Copyable {
    let model: PacketProgramModel
    private var cycle: LedgerCycle
    private var random: SeededGenerator
    private let flows: [PacketProgramModel.Flow]
    private var published: [DetailLosses.Key: FlowLedger.Amount] = [:]

    init(seed: UInt64, spillEntries: Int) {
        random = SeededGenerator(seed: seed)
        let endpoints = UInt16.random(in: 1...4, using: &random)
        var flows: [PacketProgramModel.Flow] = []
        for number in 0..<UInt32.random(in: 3...60, using: &random) {
            flows.append(
                PacketProgramModel.Flow(
                    number: number, endpoint: .random(in: 0..<endpoints, using: &random),
                    direction: random.once(in: 2) ? .egress : .ingress))
        }
        self.flows = flows
        model = PacketProgramModel(
            cpus: .random(in: 1...3, using: &random), sets: .random(in: 1...8, using: &random),
            spillEntries: spillEntries)
        cycle = LedgerCycle(model)
    }

    var reportedByFlow: [PacketProgramModel.Flow: FlowLedger.Amount] { cycle.reported }

    var reported: [DetailLosses.Key: FlowLedger.Amount] {
        cycle.reported.reduce(into: [:]) { $0[$1.key.losses, default: .init()] += $1.value }
    }

    mutating func cycles(_ count: Int) {
        for _ in 0..<count {
            for _ in 0..<Int.random(in: 0...200, using: &random) {
                Self.packet(flows, model, &random)
            }
            let burst = Int.random(in: 1...40, using: &random)
            var random = random
            let (flows, model) = (flows, model)
            cycle.run {
                while !random.once(in: burst) { Self.packet(flows, model, &random) }
            }
            self.random = random
            expectNotTooMuch()
        }
    }

    /// The traffic ends, and three cycles bring everything home.
    mutating func settleDown() {
        model.finishAll()
        for _ in 0..<3 {
            cycle.run()
            expectNotTooMuch()
        }
    }

    /// A few flows have most of the packets; now and then a CPU is stopped in the middle of an eviction.
    private static func packet(
        _ flows: [PacketProgramModel.Flow], _ model: PacketProgramModel,
        _ random: inout SeededGenerator
    ) {
        let few = random.once(in: 2) ? min(4, flows.count) : flows.count
        let stop: PacketProgramModel.Stop? =
            random.once(in: 8) ? (random.once(in: 2) ? .beforeSpill : .afterSpill) : nil
        model.receive(
            flows[.random(in: 0..<few, using: &random)],
            bytes: .random(in: 40...1500, using: &random),
            cpu: .random(in: 0..<model.cpus, using: &random), stop: stop)
    }

    func expectExact() {
        let reported = reported
        for (key, sent) in model.sent {
            var sum = reported[key] ?? .init()
            sum += cycle.losses[key.endpoint, key.direction]
            #expect(sum == sent, "endpoint \(key.endpoint), \(key.direction)")
        }
    }

    private mutating func expectNotTooMuch() {
        let reported = reported
        for (key, sent) in model.sent {
            let lost = cycle.losses[key.endpoint, key.direction]
            let seen = reported[key] ?? .init()
            let before = published[key] ?? .init()
            #expect(
                seen.packets + lost.packets <= sent.packets && seen.bytes + lost.bytes <= sent.bytes
            )
            #expect(lost.packets >= before.packets && lost.bytes >= before.bytes, "lost went back")
            published[key] = lost
        }
        for (flow, amount) in cycle.reported {
            let sent = model.sentByFlow[flow] ?? .init()
            #expect(
                amount.packets <= sent.packets && amount.bytes <= sent.bytes, "flow \(flow.number)")
        }
    }
}
