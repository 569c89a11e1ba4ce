/// Counters of one performance object, by their English names (prometheus-community/windows_exporter,
/// internal/collector/{net,tcp,udp,hyperv}).
package enum PerfSet: String, CaseIterable, Sendable {
    case networkInterface = "network-interface"
    case tcpv4, tcpv6, udpv4, udpv6
    case virtualSwitch = "virtual-switch"
    case virtualNetworkAdapter = "virtual-network-adapter"
    case adapterDropReasons = "virtual-network-adapter-drop-reasons"

    package var object: String {
        switch self {
        case .networkInterface: "Network Interface"
        case .tcpv4: "TCPv4"
        case .tcpv6: "TCPv6"
        case .udpv4: "UDPv4"
        case .udpv6: "UDPv6"
        case .virtualSwitch: "Hyper-V Virtual Switch"
        case .virtualNetworkAdapter: "Hyper-V Virtual Network Adapter"
        case .adapterDropReasons: "Hyper-V Virtual Network Adapter Drop Reasons"
        }
    }

    /// TCPv4 and the like are the system's and have no instances.
    package var hasInstances: Bool {
        switch self {
        case .tcpv4, .tcpv6, .udpv4, .udpv6: false
        default: true
        }
    }

    package var counters: [String] {
        switch self {
        case .networkInterface:
            [
                "Bytes Received/sec", "Bytes Sent/sec", "Packets Received/sec", "Packets Sent/sec",
                "Packets Received Discarded", "Packets Received Errors", "Packets Received Unknown",
                "Packets Outbound Discarded", "Packets Outbound Errors",
            ]
        case .tcpv4, .tcpv6:
            [
                "Connection Failures", "Connections Active", "Connections Established",
                "Connections Passive", "Connections Reset", "Segments Received/sec",
                "Segments Retransmitted/sec", "Segments Sent/sec",
            ]
        case .udpv4, .udpv6:
            [
                "Datagrams No Port/sec", "Datagrams Received Errors", "Datagrams Received/sec",
                "Datagrams Sent/sec",
            ]
        case .virtualSwitch:
            [
                "Bytes Received/sec", "Bytes Sent/sec", "Packets Received/sec", "Packets Sent/sec",
                "Dropped Packets Incoming/sec", "Dropped Packets Outgoing/sec",
                "Extensions Dropped Packets Incoming/sec",
                "Extensions Dropped Packets Outgoing/sec", "Packets Flooded",
            ]
        case .virtualNetworkAdapter:
            [
                "Bytes Received/sec", "Bytes Sent/sec", "Packets Received/sec", "Packets Sent/sec",
                "Dropped Packets Incoming/sec", "Dropped Packets Outgoing/sec",
            ]
        case .adapterDropReasons:
            Self.dropReasons.flatMap { ["Incoming \($0)", "Outgoing \($0)"] }
        }
    }

    /// What follows `Incoming` or `Outgoing` in the names of those counters.
    package static let dropReasons = [
        "Unknown", "InvalidData", "InvalidPacket", "Resources", "NotReady", "Disconnected",
        "NotAccepted", "Busy", "Filtered", "FilteredVLAN", "UnauthorizedVLAN", "UnauthorizedMAC",
        "FailedSecurityPolicy", "FailedPvlanSetting", "Qos", "Ipsec", "MacSpoofing", "DhcpGuard",
        "RouterGuard", "BridgeReserved", "VirtualSubnetId", "RequiredExtensionMissing",
        "InvalidConfig", "MTUMismatch", "NativeFwdingReq", "InvalidVlanFormat", "InvalidDestMac",
        "InvalidSourceMac", "InvalidFirstNBTooSmall", "StormLimit", "InjectedIcmp",
        "FailedDestinationListUpdate", "NicDisabled", "FailedPacketFilter",
        "SwitchDataFlowDisabled", "FilteredIsolationUntagged", "InvalidPDQueue",
        "LowPowerPacketFilter",
    ]

    /// For errors.
    var call: String { "performance counters of \(object)" }

    /// Where the answer is in a recording.
    var file: String { "perf/\(rawValue).tsv" }
}
