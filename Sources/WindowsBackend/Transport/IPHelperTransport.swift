/// A table or a set of counters of the IP Helper API, for one address family where it has one.
package enum IPHelperTable: Hashable, CaseIterable, Sendable {
    package enum Family: String, CaseIterable, Sendable {
        case v4, v6
    }

    /// GetIfTable2: rows of MIB_IF_ROW2, 1352 bytes each.
    case interfaces
    /// GetTcpStatisticsEx2: MIB_TCPSTATS2, 72 bytes; before Windows 10 1709 GetTcpStatisticsEx:
    /// MIB_TCPSTATS, 60 bytes, with 32-bit segment counters.
    case tcpStatistics(Family)
    /// GetUdpStatisticsEx: MIB_UDPSTATS, 20 bytes.
    case udpStatistics(Family)
    /// GetIpStatisticsEx: MIB_IPSTATS, 92 bytes.
    case ipStatistics(Family)
    /// GetExtendedTcpTable, TCP_TABLE_OWNER_PID_ALL: rows of MIB_TCPROW_OWNER_PID, 24 bytes each, or
    /// MIB_TCP6ROW_OWNER_PID, 56 bytes each.
    case tcpConnections(Family)
    /// GetExtendedUdpTable, UDP_TABLE_OWNER_PID: rows of MIB_UDPROW_OWNER_PID, 12 bytes each, or
    /// MIB_UDP6ROW_OWNER_PID, 28 bytes each.
    case udpListeners(Family)

    package static let allCases: [IPHelperTable] =
        [.interfaces]
        + Family.allCases.flatMap {
            [
                .tcpStatistics($0), .udpStatistics($0), .ipStatistics($0), .tcpConnections($0),
                .udpListeners($0),
            ]
        }

    /// For errors.
    func call(in compartment: UInt32?) -> String {
        let function =
            switch self {
            case .interfaces: "GetIfTable2()"
            case .tcpStatistics(let family): "GetTcpStatisticsEx(\(family))"
            case .udpStatistics(let family): "GetUdpStatisticsEx(\(family))"
            case .ipStatistics(let family): "GetIpStatisticsEx(\(family))"
            case .tcpConnections(let family): "GetExtendedTcpTable(\(family))"
            case .udpListeners(let family): "GetExtendedUdpTable(\(family))"
            }
        return function + (compartment.map { " in compartment \($0)" } ?? "")
    }

    /// Where the answer is in a recording.
    func file(in compartment: UInt32?) -> String {
        let folder = "iphelper/" + (compartment.map { "compartment-\($0)/" } ?? "")
        return switch self {
        case .interfaces: "\(folder)interfaces.hex"
        case .tcpStatistics(let family): "\(folder)tcp-statistics-\(family).hex"
        case .udpStatistics(let family): "\(folder)udp-statistics-\(family).hex"
        case .ipStatistics(let family): "\(folder)ip-statistics-\(family).hex"
        case .tcpConnections(let family): "\(folder)tcp-connections-\(family).hex"
        case .udpListeners(let family): "\(folder)udp-listeners-\(family).hex"
        }
    }
}

/// Reads the IP Helper API (iphlpapi.dll) and gives back the rows as they are in the memory of a
/// 64-bit Windows, little-endian, one behind the other and without the count in front.
package protocol IPHelperTransport: Sendable {
    /// `compartment` is that of a container (a namespace's `NamespaceId`), nil the process's own.
    func read(_ table: IPHelperTable, compartment: UInt32?) throws(WindowsCallError) -> [UInt8]
}
