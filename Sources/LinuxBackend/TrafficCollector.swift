package import MetricSchema
package import Observability

/// Packets and bytes of the node's uplinks and of each endpoint, and who talks to whom. Flows are read before
/// the totals, so that flows never add up to more than there was.
package struct TrafficCollector: Collector {
    package let name = CollectorName("traffic")
    private let board: EndpointBoard
    private let flows: any FlowSource
    private let table: FlowTable
    private let totals: @Sendable (UInt16, Direction) -> EndpointTotals

    /// `totals` gives an endpoint's counters since its number was given to it, with lost detail settled.
    package init(
        board: EndpointBoard, flows: any FlowSource, table: FlowTable,
        totals: @escaping @Sendable (UInt16, Direction) -> EndpointTotals
    ) {
        self.board = board
        self.flows = flows
        self.table = table
        self.totals = totals
    }

    package func collect(into samples: inout SampleBuffer) throws {
        try flows.bringUpToDate()
        table.write(to: &samples)
        for direction in Direction.allCases {
            var node = EndpointTotals()
            for row in board.rows {
                let total = totals(row.number, direction)
                if row.identity == .node {
                    node += total
                } else {
                    add(total, of: PodLabel(row.identity), direction, to: &samples)
                }
            }
            addUndetailed(node, of: PodLabel(.node), direction, to: &samples)
            samples.add(node.packets, to: Catalog.nodePackets, direction)
            samples.add(node.bytes, to: Catalog.nodeBytes, direction)
            samples.add(node.segments, to: Catalog.nodeSegments, direction)
        }
    }

    private func add(
        _ total: EndpointTotals, of pod: PodLabel, _ direction: Direction,
        to samples: inout SampleBuffer
    ) {
        samples.add(total.packets, to: Catalog.podPackets, pod, direction)
        samples.add(total.bytes, to: Catalog.podBytes, pod, direction)
        samples.add(total.segments, to: Catalog.podSegments, pod, direction)
        addUndetailed(total, of: pod, direction, to: &samples)
    }

    /// Series that are always nought are not written: there would be three for every one that says something.
    private func addUndetailed(
        _ total: EndpointTotals, of pod: PodLabel, _ direction: Direction,
        to samples: inout SampleBuffer
    ) {
        let causes: [(DetailLoss, FlowLedger.Amount)] = [
            (.notIP, total.other), (.malformed, total.malformed), (.spillFull, total.lost),
        ]
        for (cause, amount) in causes where !amount.isZero {
            samples.add(amount.packets, to: Catalog.podUndetailedPackets, pod, direction, cause)
            samples.add(amount.bytes, to: Catalog.podUndetailedBytes, pod, direction, cause)
        }
    }
}
