package import MetricSchema

/// What VFP counts at a port, in each direction.
package enum VFPQuantity: Int, CaseIterable, Sendable {
    case packets, bytes, aclDrops
    case syn, synAck, fin, reset
    case verified, timedOut, connectionReset, resetBySyn, resetHalfTTL, resetByInjection
    case closedByFin, halfOpenTimeout, expiredToTimeWait

    /// Names in text without spaces, then in JSON.
    var names: [String] {
        switch self {
        case .packets: ["Totalpackets", "TotalPackets"]
        case .bytes: ["Totalbytes", "TotalBytes"]
        case .aclDrops: ["DroppedACLpackets", "DroppedAcl"]
        case .syn: ["SYNpackets", "TcpSynPackets"]
        case .synAck: ["SYN-ACKpackets", "TcpSynAckPackets"]
        case .fin: ["FINpackets", "TcpFinPackets"]
        case .reset: ["RSTpackets", "TcpResetPackets"]
        case .verified: ["TCPConnectionsVerified", "TcpConnectionsVerified"]
        case .timedOut: ["TCPConnectionsTimedOut", "TcpConnectionsTimedOut"]
        case .connectionReset: ["TCPConnectionsReset", "TcpConnectionsResets"]
        case .resetBySyn: ["TCPConnectionsResetbySYN", "TcpConnectionsResetBySyn"]
        case .resetHalfTTL: ["TCPConnectionsResetHalfTTL", "TcpConnectionsResetHalfTTL"]
        case .resetByInjection:
            ["TCPConnectionsResetByInjectedReset", "TcpConnectionsResetByInjectedReset"]
        case .closedByFin: ["TCPConnectionsClosedbyFIN", "TcpConnectionsClosedByFin"]
        case .halfOpenTimeout: ["TCPHalfOpenTimeouts", "TcpHalfOpenTimeouts"]
        case .expiredToTimeWait:
            ["TCPConnectionsExpiredtoTimeWait", "TcpConnectionsExpiredToTimeWait"]
        }
    }

    /// By both names, in lower case.
    static let byName: [String: VFPQuantity] = Dictionary(
        allCases.flatMap { quantity in quantity.names.map { ($0.lowercased(), quantity) } },
        uniquingKeysWith: { first, _ in first })
}

/// A quantity and its direction: a place in a row of counters.
package struct VFPCounter: RawRepresentable, CaseIterable, Hashable, Sendable {
    package let rawValue: Int

    package init(_ quantity: VFPQuantity, _ direction: Direction) {
        let shift = direction == .ingress ? 0 : VFPQuantity.allCases.count
        rawValue = quantity.rawValue + shift
    }

    package init?(rawValue: Int) {
        guard Self.places.contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    private static let places = 0..<(2 * VFPQuantity.allCases.count)
    package static let allCases: [VFPCounter] = places.compactMap { VFPCounter(rawValue: $0) }
}
