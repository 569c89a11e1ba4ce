/// The running kernel's names for `enum skb_drop_reason`, whose numbers shift from one kernel to the next.
package struct DropReasonNames: Sendable, Equatable {
    private let names: [UInt32: String]
    /// The reason that says nothing.
    package let notSpecified: UInt32
    /// The reason of what netfilter drops; 0 where there is none.
    package let netfilterDrop: UInt32
    /// Reasons of other filters: programs of traffic control, XDP, cgroups and sockets.
    package let filters: [UInt32]
    /// The reason of a handshake's last acknowledgement that finds the accept queue full; nil where the kernel has
    /// none for it: 6.12 has not, 6.18 has.
    package let listenOverflow: UInt32?

    /// `names` as in the kernel: `SKB_DROP_REASON_NO_SOCKET`.
    package init(kernelNames: [UInt32: String]) {
        names = kernelNames.mapValues { name in
            let prefix = "SKB_DROP_REASON_"
            return (name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : name)
                .lowercased()
        }
        notSpecified = names.first { $0.value == "not_specified" }?.key ?? 0
        let filters = [
            "tc_ingress", "tc_egress", "xdp", "bpf_cgroup_egress", "socket_filter",
        ]
        self.filters = names.filter { filters.contains($0.value) }.map(\.key).sorted()
        netfilterDrop = names.first { $0.value == "netfilter_drop" }?.key ?? 0
        listenOverflow = names.first { $0.value == "tcp_listen_overflow" }?.key
    }

    /// False before Linux 5.17, where a drop has a place and no reason.
    package var isKnown: Bool { !names.isEmpty }

    /// Reasons of other parts of the kernel (mac80211, Open vSwitch) have their part in the upper half.
    package subscript(_ reason: UInt32) -> String {
        names[reason]
            ?? (reason >> 16 == 0
                ? "reason_\(reason)" : "subsystem_\(reason >> 16)_\(reason & 0xffff)")
    }

    /// Reads them from the running kernel's BTF; empty where it has no such enumeration.
    package static func live() throws -> DropReasonNames {
        DropReasonNames(kernelNames: try KernelBTF().enumeration("skb_drop_reason"))
    }
}
