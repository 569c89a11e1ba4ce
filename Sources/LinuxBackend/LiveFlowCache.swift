import Dispatch
import KernelABI
package import MetricSchema
package import Observability

/// Reads the flow cache and its spill maps, and hands what is new to a sink.
///
/// Unchecked because all state is used on `queue` only, where cycles run one after another.
package final class LiveFlowCache: FlowSource, @unchecked Sendable {
    private let packets: LivePacketProgram
    private let spills: [BPFMap]
    private let active: BPFMap
    private let cache: BPFMap
    private let queue = DispatchQueue(label: "flow cache")
    private let sink: any FlowSink
    private var ledger: FlowLedger
    private var filling = 0
    private var spilledAtFlip: UInt64 = 0
    private var tcpFlowsAtFlip: UInt64 = 0
    private var lastCycle = ContinuousClock.now
    private var batch: [FlowDelta] = []
    private var losses = DetailLosses()

    package init(_ packets: LivePacketProgram, sink: any FlowSink) throws {
        self.packets = packets
        self.sink = sink
        spills = [try packets.program.map("spill_a"), try packets.program.map("spill_b")]
        active = try packets.program.map("spill_active")
        cache = try packets.program.map("flow_cache")
        ledger = FlowLedger(count: packets.size.slots)
        batch.reserveCapacity(Self.batchSize)
    }

    package func bringUpToDate() throws {
        try queue.sync { try runCycle() }
    }

    /// Runs a cycle if the spill map in use, or that of TCP, is half full, or the last one is long past; cheap otherwise.
    package func cycleIfDue() throws {
        try queue.sync {
            let spilled = packets.cacheStats.spilled_flows - spilledAtFlip
            let tcp = tcpFlows - tcpFlowsAtFlip
            if spilled * 2 >= UInt64(packets.size.spillEntries)
                || tcp * 2 > UInt64(packets.size.tcpFlows) || .now - lastCycle >= Self.longest
            {
                try runCycle()
            }
        }
    }

    /// Detail of an endpoint that was lost by the last cycle but one.
    package func lost(_ endpoint: UInt16, _ direction: Direction) -> FlowLedger.Amount {
        queue.sync { losses[endpoint, direction] }
    }

    /// To be called when an endpoint's number is free for another.
    package func forget(_ endpoint: UInt16) {
        queue.sync { losses.forget(endpoint) }
    }

    private var tcpFlows: UInt64 { packets.tcp?.stats.flows ?? 0 }

    private static let batchSize = 1024
    /// So that names are put to flows while they are true.
    private static let longest = Duration.seconds(5)
    /// Slots in one window: a mebibyte.
    private static let window = 16_384

    private func runCycle() throws {
        lastCycle = .now
        let quiet = spills[filling]
        filling = 1 - filling
        spilledAtFlip = packets.cacheStats.spilled_flows
        tcpFlowsAtFlip = tcpFlows
        try packets.tcp?.flows?.fill(filling)
        // Returns after a grace period: no program still writes to the other map.
        try active.set(UInt32(0), to: UInt32(bitPattern: spills[filling].descriptor))
        let lost = lostSoFar()
        try scan()
        try quiet.forEach(removing: true) { key, totals in
            let key = key.loadUnaligned(as: flow_key.self)
            let amount = ledger.settle(key, totals.loadUnaligned(as: flow_totals.self))
            if !amount.isZero { push(FlowDelta(key, amount)) }
        }
        ledger.close {
            losses.seen($0, Direction(marks: $1), $2)
        } owed: {
            losses.owed($0, Direction(marks: $1), $2)
        }
        losses.close(lostSoFar: lost)
        flush()
        try drainTCP(1 - filling)
    }

    private func drainTCP(_ quiet: Int) throws {
        guard let flows = packets.tcp?.flows else { return }
        var batch: [TCPFlowDelta] = []
        try flows.drain(quiet) {
            batch.append($0)
            if batch.count == Self.batchSize {
                sink.add(tcp: batch)
                batch.removeAll(keepingCapacity: true)
            }
        }
        sink.add(tcp: batch)
    }

    /// Looks at the cache through a window, since what is mapped counts as this process's memory.
    private func scan() throws {
        var first = 0
        while first < packets.size.slots {
            let count = min(Self.window, packets.size.slots - first)
            let window = try MappedArray<flow_slot>(cache, from: first, count: count)
            ledger.scan(UnsafeBufferPointer(start: window.elements, count: count), from: first) {
                push(FlowDelta($0, $1))
            }
            first += count
        }
    }

    /// What the program has counted as lost; read only when it has lost anything at all.
    private func lostSoFar() -> [DetailLosses.Key: FlowLedger.Amount] {
        if packets.cacheStats.spill_full == 0 { return [:] }
        var lost: [DetailLosses.Key: FlowLedger.Amount] = [:]
        for endpoint in 0..<UInt16(packets.size.endpoints) {
            for direction in Direction.allCases {
                let amount = packets.totals(of: endpoint, direction).lost
                if !amount.isZero { lost[.init(endpoint: endpoint, direction: direction)] = amount }
            }
        }
        return lost
    }

    private func push(_ flow: FlowDelta) {
        batch.append(flow)
        if batch.count == Self.batchSize { flush() }
    }

    private func flush() {
        sink.add(batch)
        batch.removeAll(keepingCapacity: true)
    }
}
