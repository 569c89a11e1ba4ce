import Glibc
package import KernelABI

/// Adds up flows from a cache that is read while it is written, counting nothing twice.
///
/// A slot's totals are seen in place, and once more, whole, when the flow is evicted into the spill map.
/// So the ledger remembers what it has seen of each slot, and where a slot has changed hands it owes that
/// much to the evicted flow: the debt is taken off when the flow's spilled totals arrive. A cycle is
/// `scan`, then `settle` for each entry of a spill map that no program writes to any more, then `close`.
/// Every eviction into that map came before the scan, so its debt is known by then. A debt that nobody
/// settles in its own cycle or the next belongs to a flow that found the spill map full: the program
/// counted all of it as lost, and `close` says how much of that had been seen. Where one flow has debts of
/// both kinds, its totals settle the older first, whosever they are: the sums are the same, but which debt
/// is the lost one is certain only when none is left. So `close` also says what is still owed.
package struct FlowLedger: ~Copyable {
    /// Packets and bytes, where which of the two is meant does not matter.
    package struct Amount: Equatable, Sendable {
        package var packets: UInt64 = 0
        package var bytes: UInt64 = 0
        package var isZero: Bool { packets == 0 && bytes == 0 }

        package init(packets: UInt64 = 0, bytes: UInt64 = 0) {
            self.packets = packets
            self.bytes = bytes
        }

        package static func += (left: inout Amount, right: Amount) {
            left.packets += right.packets
            left.bytes += right.bytes
        }

        /// Takes off as much as is owed to the flow, and that off the debt.
        fileprivate mutating func settle(_ flow: UInt64, in debts: inout [UInt64: Debt]) {
            guard var debt = debts[flow] else { return }
            let packets = min(self.packets, debt.amount.packets)
            let bytes = min(self.bytes, debt.amount.bytes)
            self.packets -= packets
            self.bytes -= bytes
            debt.amount.packets -= packets
            debt.amount.bytes -= bytes
            debts[flow] = debt.amount.isZero ? nil : debt
        }
    }

    /// What was last seen in a slot: 32 bytes.
    private struct Seen {
        var generation: UInt32 = 0
        var endpoint: UInt16 = 0
        var marks: UInt8 = 0
        var amount = Amount()
        var flow: UInt64 = 0
    }

    fileprivate struct Debt {
        let endpoint: UInt16
        let marks: UInt8
        var amount = Amount()
    }

    private let count: Int
    private let seen: UnsafeMutablePointer<Seen>
    /// By flow: from this cycle, and what is left from the one before.
    private var fresh: [UInt64: Debt] = [:]
    private var old: [UInt64: Debt] = [:]

    /// For `count` slots.
    package init(count: Int) {
        self.count = count
        // Fresh zero pages: those of slots never used take no memory.
        guard let memory = calloc(count, MemoryLayout<Seen>.stride) else {
            fatalError("out of memory for a ledger of \(count) slots")
        }
        seen = memory.bindMemory(to: Seen.self, capacity: count)
    }

    deinit {
        free(seen)
    }

    /// Reports what grew in place in `slots`, of which the first is number `first`. A slot that is changing
    /// hands right now is left for the next cycle.
    package mutating func scan(
        _ slots: UnsafeBufferPointer<flow_slot>, from first: Int,
        _ report: (flow_key, Amount) -> Void
    ) {
        guard let start = slots.baseAddress else { return }
        precondition(first >= 0 && first + slots.count <= count)
        var slot = flow_slot()
        for offset in 0..<slots.count {
            let place = first + offset
            let before = seen[place]
            let changed = flow_slot_changed(
                start + offset, before.generation, before.amount.packets, before.amount.bytes)
            if changed == 0 { continue }
            if flow_slot_read(start + offset, &slot) == 0 {
                // Who was seen here has been evicted, or is being: perhaps into the quiet map, if the slot is
                // changing hands for the second time. So the debt cannot wait for the next cycle.
                if !before.amount.isZero { owe(before) }
                seen[place].amount = Amount()
                continue
            }
            let now = Amount(packets: slot.packets, bytes: slot.bytes)
            if slot.generation == before.generation {
                seen[place].amount = now
                report(
                    slot.key,
                    Amount(
                        packets: now.packets - before.amount.packets,
                        bytes: now.bytes - before.amount.bytes))
            } else {
                if !before.amount.isZero { owe(before) }
                seen[place] = Seen(
                    generation: slot.generation, endpoint: slot.key.endpoint, marks: slot.key.marks,
                    amount: now, flow: slot.key.fingerprint)
                report(slot.key, now)
            }
        }
    }

    /// What is new in the totals of a flow that was evicted.
    package mutating func settle(_ key: flow_key, _ totals: flow_totals) -> Amount {
        var amount = Amount(packets: totals.packets, bytes: totals.bytes)
        let flow = key.fingerprint
        amount.settle(flow, in: &old)
        amount.settle(flow, in: &fresh)
        return amount
    }

    /// Ends a cycle. Hands over what had been seen of flows that were then counted as lost, and what is still
    /// owed: by flows whose totals are on their way, or that are lost too.
    package mutating func close(
        _ seenOfLost: (_ endpoint: UInt16, _ marks: UInt8, Amount) -> Void,
        owed: (_ endpoint: UInt16, _ marks: UInt8, Amount) -> Void
    ) {
        for debt in fresh.values { owed(debt.endpoint, debt.marks, debt.amount) }
        for debt in old.values { seenOfLost(debt.endpoint, debt.marks, debt.amount) }
        old.removeAll(keepingCapacity: old.capacity < 4 * fresh.count)
        swap(&old, &fresh)
    }

    private mutating func owe(_ before: Seen) {
        fresh[before.flow, default: Debt(endpoint: before.endpoint, marks: before.marks)]
            .amount += before.amount
    }
}

extension flow_key {
    /// 64 bits that stand for what the flow becomes when it is evicted: two of a million are alike once in
    /// forty million runs.
    package var fingerprint: UInt64 {
        var folded = self
        flow_key_fold(&folded)
        return withUnsafeBytes(of: folded) { bytes in
            var hash: UInt64 = 0x2545_f491_4f6c_dd1d
            for word in 0..<5 {
                hash ^= bytes.load(fromByteOffset: word * 8, as: UInt64.self)
                hash = (hash ^ (hash >> 32)) &* 0xd6e8_feb8_6659_fd93
                hash = (hash ^ (hash >> 29)) &* 0x9fb2_1c65_1e98_df25
            }
            return hash ^ (hash >> 32)
        }
    }
}
