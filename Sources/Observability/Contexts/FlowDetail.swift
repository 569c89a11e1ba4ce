/// What of a flow's addresses and ports is kept apart.
package struct FlowDetail: Sendable, Equatable {
    package struct Ends: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let sourceAddress = Ends(rawValue: 1)
        package static let destinationAddress = Ends(rawValue: 2)
        package static let sourcePort = Ends(rawValue: 4)
        package static let destinationPort = Ends(rawValue: 8)
    }

    package var ends: Ends = []
    /// How long what is kept apart stays after the last packet.
    package var life = SeriesLifetime.grace

    package init() {}
}

/// Addresses and ports of a flow, as far as they are wanted.
struct FlowEnds: Hashable, Sendable {
    var source: IPAddress?
    var destination: IPAddress?
    /// 0 for the client's, of which there is one for each connection.
    var sourcePort: UInt16 = 0
    var destinationPort: UInt16 = 0

    var isEmpty: Bool { self == FlowEnds() }

    init() {}

    /// `peer` is the address of who is really at the other end.
    init(_ flow: FlowDelta, peer: IPAddress, wanted: FlowDetail.Ends) {
        let isSent = flow.direction == .egress
        if wanted.contains(.sourceAddress) { source = isSent ? flow.source : peer }
        if wanted.contains(.destinationAddress) { destination = isSent ? peer : flow.destination }
        let hasPorts = [6, 17, 132].contains(flow.protocolNumber)
        if hasPorts, wanted.contains(.sourcePort),
            Self.serves(flow.sourcePort, against: flow.destinationPort)
        {
            sourcePort = flow.sourcePort
        }
        if hasPorts, wanted.contains(.destinationPort),
            Self.serves(flow.destinationPort, against: flow.sourcePort)
        {
            destinationPort = flow.destinationPort
        }
    }

    /// As the packet program folds ports of flows that make room: of those it leaves the lower one.
    private static func serves(_ port: UInt16, against other: UInt16) -> Bool {
        port != 0 && (other == 0 || port <= other)
    }

    func only(_ wanted: FlowDetail.Ends) -> FlowEnds {
        var ends = self
        if !wanted.contains(.sourceAddress) { ends.source = nil }
        if !wanted.contains(.destinationAddress) { ends.destination = nil }
        if !wanted.contains(.sourcePort) { ends.sourcePort = 0 }
        if !wanted.contains(.destinationPort) { ends.destinationPort = 0 }
        return ends
    }
}
