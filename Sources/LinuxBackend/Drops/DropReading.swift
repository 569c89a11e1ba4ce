import Observability

/// What tells of drops, read once for all collectors of a scrape. The kernel's own counters come first: what is dropped
/// in between is then in the drop program's rows alone, and nothing is counted that these have already.
package struct DropReading: Sendable {
    /// The node's; nil where protocols are not read.
    package let stack: Result<StackReading, any Error>?
    package let namespaces: [NamespaceSurvey<StackReading>.Reading]
    package let rows: [DropRow]
    /// Drops whose details found no room.
    package let lost: FlowLedger.Amount

    package init(
        stack: Result<StackReading, any Error>? = nil,
        namespaces: [NamespaceSurvey<StackReading>.Reading] = [], rows: [DropRow],
        lost: FlowLedger.Amount = FlowLedger.Amount()
    ) {
        self.stack = stack
        self.namespaces = namespaces
        self.rows = rows
        self.lost = lost
    }

    /// What was dropped of each endpoint so far, for whatever reason; nil where not all is told by endpoint.
    var byEndpoint: [UInt16: UInt64]? {
        guard lost.packets == 0 else { return nil }
        return rows.reduce(into: [:]) { drops, row in
            if let endpoint = row.endpoint { drops[endpoint, default: 0] += row.amount.packets }
        }
    }
}
