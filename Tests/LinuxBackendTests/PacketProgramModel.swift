import KernelABI
import MetricSchema

@testable import LinuxBackend

/// What bpf/packets.bpf.c does with flows, step by step as there: a cache for each CPU (of two ways,
/// so that more is evicted), eviction into the active one of two spill maps, lost detail counted by
/// endpoint. A CPU can be stopped in the middle of an eviction, as a machine may stop it; it goes on
/// when the next packet or a grace period wants it to.
final class PacketProgramModel {
    struct Flow: Hashable {
        let number: UInt32
        let endpoint: UInt16
        let direction: Direction

        var losses: DetailLosses.Key { DetailLosses.Key(endpoint: endpoint, direction: direction) }

        var key: flow_key {
            var key = flow_key()
            withUnsafeMutableBytes(of: &key.source) { $0.storeBytes(of: number, as: UInt32.self) }
            key.protocol = 6
            key.endpoint = endpoint
            key.marks = UInt8(direction == .egress ? FOVEA_FLOW_EGRESS.rawValue : 0)
            return key
        }
    }

    /// Where a CPU may be stopped on its way through an eviction.
    enum Stop { case beforeSpill, afterSpill }

    private struct Eviction {
        let place: Int
        /// The spill map that the program had looked up.
        let map: Int
        let flow: Flow
        let bytes: UInt64
        var isSpilled: Bool
    }

    let slots: UnsafeMutablePointer<flow_slot>
    let count: Int
    let cpus: Int
    /// Packets and bytes at the counting point, which depend on no flow.
    private(set) var sent: [DetailLosses.Key: FlowLedger.Amount] = [:]
    private(set) var sentByFlow: [Flow: FlowLedger.Amount] = [:]
    private(set) var lost: [DetailLosses.Key: FlowLedger.Amount] = [:]
    private(set) var spillFull = 0
    private(set) var evictions = 0
    private let sets: Int
    private let spillEntries: Int
    private var owners: [Flow?]
    private var spills: [[Flow: FlowLedger.Amount]] = [[:], [:]]
    private var active = 0
    private var stopped: [Eviction?]
    /// Starts shortly before it wraps.
    private var jiffies: UInt16 = 0xff00

    init(cpus: Int, sets: Int, spillEntries: Int) {
        self.cpus = cpus
        self.sets = sets
        self.spillEntries = spillEntries
        count = cpus * sets * 2
        slots = .allocate(capacity: count)
        slots.initialize(repeating: flow_slot(), count: count)
        owners = Array(repeating: nil, count: count)
        stopped = Array(repeating: nil, count: cpus)
    }

    deinit {
        slots.deallocate()
    }

    /// One packet, and where its CPU stops if it has to evict.
    func receive(_ flow: Flow, bytes: UInt64, cpu: Int, stop: Stop? = nil) {
        finish(cpu)
        jiffies &+= 1
        let amount = FlowLedger.Amount(packets: 1, bytes: bytes)
        sent[flow.losses, default: .init()] += amount
        sentByFlow[flow, default: .init()] += amount

        let first = (cpu * sets + Int(flow.number) % sets) * 2
        if let place = [first, first + 1].first(where: { owners[$0] == flow }) {
            slots[place].packets += 1
            slots[place].bytes += bytes
            slots[place].touched = jiffies
            return
        }
        var place = first
        let (one, other) = (slots[first], slots[first + 1])
        let otherIsOlder = (jiffies &- other.touched) > (jiffies &- one.touched)
        if one.generation != 0, other.generation == 0 || otherIsOlder { place = first + 1 }
        slots[place].generation += 1
        stopped[cpu] = Eviction(
            place: place, map: active, flow: flow, bytes: bytes, isSpilled: false)
        if stop == .beforeSpill { return }
        spill(cpu)
        if stop == .afterSpill { return }
        finish(cpu)
    }

    /// Makes the other spill map the active one; returns after a grace period, so that nothing is still
    /// on its way into the quiet one. `meanwhile` is what CPUs do that see the new one already.
    func flip(meanwhile: () -> Void) {
        active = 1 - active
        meanwhile()
        for cpu in 0..<cpus where stopped[cpu]?.map == 1 - active { finish(cpu) }
    }

    /// Empties the quiet spill map.
    func drain() -> [(Flow, FlowLedger.Amount)] {
        defer { spills[1 - active] = [:] }
        return spills[1 - active].sorted { $0.key.number < $1.key.number }.map {
            ($0.key, $0.value)
        }
    }

    func finishAll() {
        for cpu in 0..<cpus { finish(cpu) }
    }

    private func finish(_ cpu: Int) {
        guard let eviction = stopped[cpu] else { return }
        if !eviction.isSpilled { spill(cpu) }
        let place = eviction.place
        owners[place] = eviction.flow
        slots[place].key = eviction.flow.key
        slots[place].packets = 1
        slots[place].bytes = eviction.bytes
        slots[place].touched = jiffies
        slots[place].generation += 1
        stopped[cpu] = nil
    }

    private func spill(_ cpu: Int) {
        guard let eviction = stopped[cpu] else { return }
        stopped[cpu]?.isSpilled = true
        guard slots[eviction.place].generation > 1, let old = owners[eviction.place] else { return }
        owners[eviction.place] = nil
        evictions += 1
        let slot = slots[eviction.place]
        let amount = FlowLedger.Amount(packets: slot.packets, bytes: slot.bytes)
        if spills[eviction.map][old] != nil || spills[eviction.map].count < spillEntries {
            spills[eviction.map][old, default: .init()] += amount
        } else {
            spillFull += 1
            lost[old.losses, default: .init()] += amount
        }
    }
}
