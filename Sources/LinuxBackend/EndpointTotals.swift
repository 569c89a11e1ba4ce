package import KernelABI

/// What one endpoint sent or received since its counters began. Flows, other, malformed and lost packets
/// add up to `packets`, and so do their bytes.
package struct EndpointTotals: Equatable, Sendable {
    package var packets: UInt64 = 0
    package var bytes: UInt64 = 0
    package var segments: UInt64 = 0
    package var other = FlowLedger.Amount()
    package var malformed = FlowLedger.Amount()
    package var lost = FlowLedger.Amount()

    package init() {}

    package init(_ counters: endpoint_counters) {
        packets = counters.packets
        bytes = counters.bytes
        segments = counters.segments
        other = .init(packets: counters.other_packets, bytes: counters.other_bytes)
        malformed = .init(packets: counters.malformed_packets, bytes: counters.malformed_bytes)
        lost = .init(packets: counters.lost_packets, bytes: counters.lost_bytes)
    }

    package static func += (left: inout EndpointTotals, right: EndpointTotals) {
        left.packets += right.packets
        left.bytes += right.bytes
        left.segments += right.segments
        left.other += right.other
        left.malformed += right.malformed
        left.lost += right.lost
    }
}
