import CLibMNL

/// What ctnetlink is asked and answers: `enum cntl_msg_types`.
enum ConntrackMessage: UInt8 {
    case new = 0
    case get = 1
    case delete = 2
    case statisticsByCPU = 4
    case statistics = 5

    /// As in the netlink header, which has the subsystem above it.
    var type: UInt16 { UInt16(NFNL_SUBSYS_CTNETLINK) << 8 | UInt16(rawValue) }
}
