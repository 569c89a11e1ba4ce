import MetricSchema

/// Flow detail that was lost for good, by endpoint.
///
/// The program counts a whole flow as lost when it finds no room for it, though a scan may have reported
/// part of it before; the ledger finds that out up to one cycle later. So a loss is published when the
/// cycle after the one it happened in is over: late, never too high, and never taken back.
struct DetailLosses {
    struct Key: Hashable {
        let endpoint: UInt16
        let direction: Direction
    }

    /// As of the last cycle's start.
    private var counted: [Key: FlowLedger.Amount] = [:]
    private var seen: [Key: FlowLedger.Amount] = [:]
    /// What may turn out to have been seen; of this cycle only.
    private var owed: [Key: FlowLedger.Amount] = [:]
    private var published: [Key: FlowLedger.Amount] = [:]

    subscript(_ endpoint: UInt16, _ direction: Direction) -> FlowLedger.Amount {
        published[Key(endpoint: endpoint, direction: direction)] ?? .init()
    }

    /// This much of what was counted as lost had been reported.
    mutating func seen(_ endpoint: UInt16, _ direction: Direction, _ amount: FlowLedger.Amount) {
        seen[Key(endpoint: endpoint, direction: direction), default: .init()] += amount
    }

    /// This much may be part of what was counted as lost, and was reported if so.
    mutating func owed(_ endpoint: UInt16, _ direction: Direction, _ amount: FlowLedger.Amount) {
        owed[Key(endpoint: endpoint, direction: direction), default: .init()] += amount
    }

    /// Ends a cycle at whose start `lostSoFar` had been counted.
    mutating func close(lostSoFar: [Key: FlowLedger.Amount]) {
        for (key, lost) in counted {
            var seen = seen[key] ?? .init()
            seen += owed[key] ?? .init()
            let before = published[key] ?? .init()
            published[key] = FlowLedger.Amount(
                packets: max(before.packets, lost.packets - min(lost.packets, seen.packets)),
                bytes: max(before.bytes, lost.bytes - min(lost.bytes, seen.bytes)))
        }
        counted = lostSoFar
        owed.removeAll(keepingCapacity: true)
    }

    mutating func forget(_ endpoint: UInt16) {
        for direction in Direction.allCases {
            let key = Key(endpoint: endpoint, direction: direction)
            counted[key] = nil
            seen[key] = nil
            published[key] = nil
        }
    }
}
