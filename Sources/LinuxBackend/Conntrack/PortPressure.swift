package import Observability

/// Which source ports are taken by connections whose source is translated: each port of an address can be used
/// once towards a destination, so a destination that many talk to runs out of them.
///
/// Bounded: where there is no room for another use, the smallest are folded together. Sums stay exact; a use that
/// was folded and comes again begins at nought.
package struct PortPressure: Sendable {
    package struct Use: Hashable, Sendable {
        /// Whose connections.
        package let identity: IdentityNumber
        /// The address they leave by.
        package let address: IPAddress
        package let destination: IPAddress
        package let destinationPort: UInt16
        package let protocolNumber: UInt8
    }

    package private(set) var uses: [Use: UInt64] = [:]
    /// Connections that are in no use.
    package private(set) var folded: UInt64 = 0
    private let capacity: Int

    /// Three quarters of a power of two, as dictionaries grow.
    package init(capacity: Int = 12_288) {
        self.capacity = capacity
    }

    /// Ports that translation takes from, where the client's own was above 1023 and no rule says otherwise.
    package static let ports = 64_512.0

    mutating func add(_ entry: ConntrackEntry, of identity: IdentityNumber) {
        guard entry.status.contains(.sourceNAT), entry.reply.destinationPort != 0,
            ![1, 58].contains(entry.reply.protocolNumber)
        else { return }
        add(
            Use(
                identity: identity, address: entry.reply.destination,
                destination: entry.reply.source, destinationPort: entry.reply.sourcePort,
                protocolNumber: entry.reply.protocolNumber), 1)
    }

    package mutating func add(_ use: Use, _ count: UInt64) {
        if uses[use] == nil, uses.count >= capacity { fold() }
        uses[use, default: 0] += count
    }

    package mutating func add(_ other: PortPressure) {
        folded += other.folded
        for (use, count) in other.uses { add(use, count) }
    }

    private mutating func fold() {
        var floor: UInt64 = 1
        while uses.count > capacity / 2 {
            for (use, count) in uses where count <= floor {
                folded += count
                uses[use] = nil
            }
            floor *= 2
        }
    }
}
