import Glibc

/// Whether this kernel can be asked for its connection tables without a module being loaded for it.
enum ConntrackPresence {
    /// Nil where it can; else what is missing.
    static func problem() -> String? {
        guard SmallFile.text(ConntrackFiles.count) != nil else {
            return "nf_conntrack: no rule on this node tracks connections"
        }
        // A module has a folder; what is built in has one only if it takes parameters, but always symbols.
        let isThere =
            access("/sys/module/nf_conntrack_netlink", F_OK) == 0 || isBuiltIn
        return isThere
            ? nil : "nf_conntrack_netlink, which is not loaded; try modprobe nf_conntrack_netlink"
    }

    private static let isBuiltIn = KernelSymbols().contains("ctnetlink_dump_table")
}

/// What the kernel says in files. They are of the namespace that the thread is in.
enum ConntrackFiles {
    static let count = "/proc/sys/net/netfilter/nf_conntrack_count"

    static var entries: UInt64? { number(count) }
    static var limit: UInt64? { number("/proc/sys/net/netfilter/nf_conntrack_max") }
    static var buckets: UInt64? { number("/proc/sys/net/netfilter/nf_conntrack_buckets") }

    private static func number(_ path: String) -> UInt64? {
        SmallFile.text(path).flatMap { UInt64($0) }
    }
}
