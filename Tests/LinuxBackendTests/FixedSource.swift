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
    /// With no flows beside the totals.
    init(
        board: EndpointBoard, source: FixedSource = FixedSource(),
        totals: @escaping @Sendable (UInt16, Direction) -> EndpointTotals
    ) {
        self.init(
            board: board, flows: source, table: FlowTable(identities: IdentityIndex()),
            totals: totals)
    }
}
