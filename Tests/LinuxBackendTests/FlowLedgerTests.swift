import KernelABI
import Testing

@testable import LinuxBackend

/// Whatever traffic, evictions and cycles do to each other, every packet is reported once.
struct FlowLedgerTests {
    @Test("with room to spill, every flow is reported exactly", arguments: 0..<200 as Range<UInt64>)
    func exact(_ seed: UInt64) {
        var run = LedgerRun(seed: seed, spillEntries: 10_000)
        run.cycles(30)
        run.settleDown()
        #expect(run.model.spillFull == 0)
        #expect(run.reportedByFlow == run.model.sentByFlow)
        run.expectExact()
    }

    @Test(
        "with the spill map full, flows and lost detail add up exactly",
        arguments: 0..<200 as Range<UInt64>)
    func lossy(_ seed: UInt64) {
        var run = LedgerRun(seed: seed, spillEntries: Int(seed % 12))
        run.cycles(30)
        run.settleDown()
        run.expectExact()
    }

    @Test("the runs lose, evict and keep detail often enough to prove anything")
    func worthwhile() {
        var run = LedgerRun(seed: 1, spillEntries: 3)
        run.cycles(30)
        run.settleDown()
        #expect(run.model.spillFull > 100 && run.model.evictions > run.model.spillFull + 100)
        #expect(run.reported.values.contains { $0.packets > 100 })
    }

    @Test("three flows that take turns in two slots keep their own packets")
    func turns() {
        let model = PacketProgramModel(cpus: 1, sets: 1, spillEntries: 8)
        var cycle = LedgerCycle(model)
        let flows = Self.flows(3)
        for round in 0..<300 {
            model.receive(flows[round % 3], bytes: 100, cpu: 0)
            if round % 7 == 0 { cycle.run() }
        }
        cycle.run()
        cycle.run()
        for flow in flows { #expect(cycle.reported[flow] == .init(packets: 100, bytes: 10_000)) }
    }

    @Test("a slot that changes hands while it is scanned is left for the next cycle")
    func odd() {
        let model = PacketProgramModel(cpus: 1, sets: 1, spillEntries: 8)
        var cycle = LedgerCycle(model)
        let flows = Self.flows(3)
        for flow in flows[..<2] { model.receive(flow, bytes: 1, cpu: 0) }
        model.receive(flows[2], bytes: 1, cpu: 0, stop: .afterSpill)
        // The flip's grace period ends that eviction; the next begins after it.
        cycle.run()
        for flow in flows { #expect(cycle.reported[flow]?.packets == 1) }
        var stop: PacketProgramModel.Stop? = .afterSpill
        cycle.run {
            if stop != nil { model.receive(flows[0], bytes: 1, cpu: 0, stop: stop) }
            stop = nil
        }
        #expect(cycle.reported[flows[0]]?.packets == 1)
        cycle.run()
        #expect(cycle.reported[flows[0]]?.packets == 2)
        for flow in flows[1...] { #expect(cycle.reported[flow]?.packets == 1) }
    }

    @Test(
        "a slot that changes hands again while it is scanned owes what it spilled before the flip")
    func oddTwice() {
        let model = PacketProgramModel(cpus: 1, sets: 1, spillEntries: 8)
        var cycle = LedgerCycle(model)
        let flows = Self.flows(6)
        for flow in flows[..<2] { model.receive(flow, bytes: 1, cpu: 0) }
        cycle.run()
        // Both leave for the spill map that is drained next; one of the slots is odd when it is scanned.
        for flow in flows[2..<4] { model.receive(flow, bytes: 1, cpu: 0) }
        var isFirst = true
        cycle.run {
            if isFirst {
                model.receive(flows[4], bytes: 1, cpu: 0)
                model.receive(flows[5], bytes: 1, cpu: 0, stop: .afterSpill)
            }
            isFirst = false
        }
        for flow in flows[..<2] { #expect(cycle.reported[flow]?.packets == 1) }
        cycle.run()
        cycle.run()
        for flow in flows { #expect(cycle.reported[flow]?.packets == 1) }
    }

    @Test("keys that differ in any one bit have different fingerprints")
    func fingerprints() {
        var seen: Set<UInt64> = [flow_key().fingerprint]
        for bit in 0..<320 {
            var key = flow_key()
            withUnsafeMutableBytes(of: &key) { $0[bit / 8] = 1 << UInt8(bit % 8) }
            #expect(seen.insert(key.fingerprint).inserted)
        }
    }

    private static func flows(_ count: UInt32) -> [PacketProgramModel.Flow] {
        (0..<count).map { PacketProgramModel.Flow(number: $0, endpoint: 1, direction: .egress) }
    }
}
