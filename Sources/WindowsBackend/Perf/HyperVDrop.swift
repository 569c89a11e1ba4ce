package import MetricSchema

/// A counter of "Hyper-V Virtual Network Adapter Drop Reasons": a reason and a direction, which is the
/// adapter's own; incoming is to it.
package struct HyperVDrop: RawRepresentable, CaseIterable, Hashable, Sendable {
    package let rawValue: Int

    package init?(rawValue: Int) {
        guard Self.places.contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    private static let places = 0..<(2 * PerfSet.dropReasons.count)
    package static let allCases: [HyperVDrop] = places.compactMap { HyperVDrop(rawValue: $0) }

    package var direction: Direction { rawValue.isMultiple(of: 2) ? .ingress : .egress }

    /// Its English name.
    var counter: String {
        (direction == .ingress ? "Incoming " : "Outgoing ") + PerfSet.dropReasons[rawValue / 2]
    }

    /// The same as that of the packet monitor for the same reason.
    package var reason: DropReason {
        let name = PerfSet.dropReasons[rawValue / 2]
        return DropReason(
            name == "LowPowerPacketFilter" ? "low_power" : PktmonDropReason.snakeCase(name))
    }
}
