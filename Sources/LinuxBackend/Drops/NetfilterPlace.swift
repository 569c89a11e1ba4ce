package import MetricSchema

/// A family and a hook, told by the kernel function that runs the hook's rules.
package struct NetfilterPlace: Hashable, Sendable {
    package let family: NetfilterFamily
    package let hook: NetfilterHook

    package static let unknown = NetfilterPlace(family: .unknown, hook: .unknown)

    package init(family: NetfilterFamily, hook: NetfilterHook) {
        self.family = family
        self.hook = hook
    }

    /// `symbol` as in /proc/kallsyms; what the compiler appends to a function's parts is left aside. A function
    /// that runs two hooks has the family and no hook.
    package init(caller symbol: String) {
        let function = symbol.prefix { $0 != "." }
        self = Self.callers[String(function)] ?? .unknown
    }

    /// Linux 5.10 to 6.18, net/ipv4, net/ipv6, net/bridge, net/core: who calls NF_HOOK and its kind. Where
    /// the compiler puts one of them into its caller, the caller's name stands.
    private static let callers: [String: NetfilterPlace] = {
        var callers: [String: NetfilterPlace] = [:]
        func add(_ family: NetfilterFamily, _ hook: NetfilterHook, _ functions: String...) {
            for function in functions {
                callers[function] = NetfilterPlace(family: family, hook: hook)
            }
        }
        add(.ip, .prerouting, "ip_rcv", "ip_sublist_rcv", "ip_list_rcv", "br_nf_pre_routing")
        add(.ip, .input, "ip_local_deliver")
        add(.ip, .forward, "ip_forward", "ipmr_queue_xmit", "ipmr_queue_fwd_xmit")
        add(
            .ip, .output, "__ip_local_out", "ip_local_out", "raw_send_hdrinc", "raw_sendmsg",
            "ip_build_and_send_pkt", "ip_send_skb", "ip_push_pending_frames")
        add(.ip, .postrouting, "ip_output", "ip_mc_output", "xfrm4_output")
        add(.ip6, .prerouting, "ipv6_rcv", "ip6_sublist_rcv", "ipv6_list_rcv")
        add(.ip6, .input, "ip6_input", "ip6_mc_input")
        add(.ip6, .forward, "ip6_forward", "ip6mr_forward2", "ip6_mr_forward")
        add(
            .ip6, .output, "__ip6_local_out", "ip6_local_out", "ip6_xmit", "rawv6_send_hdrinc",
            "rawv6_sendmsg", "ip6_send_skb", "ip6_push_pending_frames", "ndisc_send_skb",
            "mld_sendpack", "igmp6_send")
        add(.ip6, .postrouting, "ip6_output", "xfrm6_output")
        add(.arp, .input, "arp_rcv")
        add(.arp, .output, "arp_xmit", "arp_send_dst")
        add(.bridge, .prerouting, "br_handle_frame")
        add(.bridge, .input, "br_pass_frame_up")
        add(.bridge, .unknown, "__br_forward")
        add(.bridge, .postrouting, "br_forward_finish")
        add(.netdev, .ingress, "__netif_receive_skb_core")
        add(.netdev, .egress, "__dev_queue_xmit")
        return callers
    }()
}
