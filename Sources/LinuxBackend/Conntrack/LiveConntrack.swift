import CLibMNL

/// The connection table of one network namespace, over ctnetlink: the one this is made in. Needs CAP_NET_ADMIN.
///
/// Asking changes nothing on the node but that it loads nf_conntrack_netlink where that is a module and not
/// loaded yet, and nf_conntrack with it: `ConntrackPresence` is to be asked first. Whether connections are
/// tracked in a namespace is decided by its rules, never by who reads.
struct LiveConntrack: ~Copyable {
    private let netlink: LiveNetlink

    init() throws {
        netlink = try LiveNetlink(.netfilter)
    }

    /// An answer for `ConntrackSize`.
    borrowing func size() throws -> [UInt8] {
        try netlink.request(
            ConntrackMessage.statistics.type, dump: false, header: nfgenmsg())
    }

    /// An answer for `ConntrackStatistics`.
    borrowing func statistics() throws -> [UInt8] {
        try netlink.request(
            ConntrackMessage.statisticsByCPU.type, dump: true, header: nfgenmsg())
    }

    /// Every entry, as the kernel lists them: it takes no lock for the whole of it, so of what comes and goes
    /// meanwhile some is missed and some may be told twice. Of half a million entries the kernel's part is more
    /// than half a second.
    borrowing func dump(_ body: (ConntrackEntry) -> Void) throws {
        _ = try netlink.stream(ConntrackMessage.get.type, dump: true, header: nfgenmsg()) {
            try ConntrackEntry.forEach(in: $0, body)
        }
    }
}
