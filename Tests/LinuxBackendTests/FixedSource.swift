import LinuxBackend
import MetricSchema
import Observability

/// A source that has nothing new, or none at all.
struct FixedSource: FlowSource {
    struct Failure: Error {}
    var fails = false

    func bringUpToDate() throws {
        if fails { throw Failure() }
    }
}

extension TrafficCollector {
    /// With no flows beside the totals, but for what is in `table`.
    init(
        board: EndpointBoard, source: FixedSource = FixedSource(),
        table: FlowTable = FlowTable(identities: IdentityIndex()),
        totals: @escaping @Sendable (UInt16, Direction) -> EndpointTotals
    ) {
        self.init(
            board: board, flows: source, table: table, totals: totals)
    }
}
