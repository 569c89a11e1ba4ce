import CWindowsNet

/// iphlpapi.dll. Anywhere but on Windows every call fails with E_NOTIMPL.
package struct LiveIPHelper: IPHelperTransport {
    package init() {}

    package func read(
        _ table: IPHelperTable, compartment: UInt32?
    ) throws(WindowsCallError) -> [UInt8] {
        let (inC, family) = table.inC
        return try LiveCall.bytes(table.call(in: compartment)) {
            fovea_ip_read(inC, family == .v6 ? 1 : 0, compartment ?? 0, $0)
        }
    }
}

extension IPHelperTable {
    fileprivate var inC: (fovea_ip_table, Family) {
        switch self {
        case .interfaces: (FOVEA_IP_INTERFACES, .v4)
        case .tcpStatistics(let family): (FOVEA_IP_TCP_STATISTICS, family)
        case .udpStatistics(let family): (FOVEA_IP_UDP_STATISTICS, family)
        case .ipStatistics(let family): (FOVEA_IP_IP_STATISTICS, family)
        case .tcpConnections(let family): (FOVEA_IP_TCP_CONNECTIONS, family)
        case .udpListeners(let family): (FOVEA_IP_UDP_LISTENERS, family)
        }
    }
}
