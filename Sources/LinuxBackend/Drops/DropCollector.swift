package import MetricSchema
package import Observability

/// Dropped packets, by reason, for the node and for each endpoint.
package struct DropCollector: Collector {
    package let name = CollectorName("drops")
    private let board: EndpointBoard
    private let reasons: DropReasonNames
    private let symbols: KernelSymbols
    private let read: @Sendable (CollectorName) throws -> DropReading

    /// `read` gives what the drop program has counted so far.
    package init(
        board: EndpointBoard, reasons: DropReasonNames, symbols: KernelSymbols,
        read: @escaping @Sendable (CollectorName) throws -> DropReading
    ) {
        self.board = board
        self.reasons = reasons
        self.symbols = symbols
        self.read = read
    }

    private struct Named: Hashable {
        let identity: Identity?
        let reason: DropReason
        let direction: Direction
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let reading = try read(name)
        let (rows, lost) = (reading.rows, reading.lost)
        let identities = board.podIdentities
        let places = symbols.names(for: Set(rows.map(\.kind.location).filter { $0 != 0 }))
        var totals: [Named: FlowLedger.Amount] = [:]
        for row in rows {
            let reason = DropReason(name(of: row.kind, places))
            let direction = row.kind.direction
            totals[Named(identity: nil, reason: reason, direction: direction), default: .init()] +=
                row.amount
            if let endpoint = row.endpoint, let identity = identities[endpoint] {
                totals[
                    Named(identity: identity, reason: reason, direction: direction),
                    default: .init()] += row.amount
            }
        }
        for (named, amount) in totals {
            if let identity = named.identity {
                let pod = PodLabel(identity)
                samples.add(
                    amount.packets, to: Catalog.podDropPackets, pod, named.reason, named.direction)
                samples.add(
                    amount.bytes, to: Catalog.podDropBytes, pod, named.reason, named.direction)
            } else {
                samples.add(
                    amount.packets, to: Catalog.nodeDropPackets, named.reason, named.direction)
                samples.add(amount.bytes, to: Catalog.nodeDropBytes, named.reason, named.direction)
            }
        }
        samples.add(lost.packets, to: Catalog.dropsUndetailedPackets)
        samples.add(lost.bytes, to: Catalog.dropsUndetailedBytes)
    }

    /// The reason; with the kernel function it happened in where the reason is not specified, and that
    /// alone where there are no reasons.
    private func name(of kind: DropRow.Kind, _ places: [UInt64: String]) -> String {
        if kind.location == 0 { return reasons[kind.reason] }
        let place = places[kind.location] ?? "unknown_function"
        return reasons.isKnown ? "\(reasons[kind.reason]):\(place)" : place
    }
}
