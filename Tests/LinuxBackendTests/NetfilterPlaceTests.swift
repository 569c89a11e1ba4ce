import MetricSchema
import Testing

@testable import LinuxBackend

struct NetfilterPlaceTests {
    @Test(
        "the function that runs a hook names it, whatever the compiler appends",
        arguments: [
            ("ip_rcv", .init(family: .ip, hook: .prerouting)),
            ("ip_local_deliver", .init(family: .ip, hook: .input)),
            ("__ip6_local_out", .init(family: .ip6, hook: .output)),
            ("ip6_output", .init(family: .ip6, hook: .postrouting)),
            ("__netif_receive_skb_core.constprop.0", .init(family: .netdev, hook: .ingress)),
            ("ip_sublist_rcv.isra.0", .init(family: .ip, hook: .prerouting)),
            // It runs two hooks.
            ("__br_forward", .init(family: .bridge, hook: .unknown)),
        ] as [(String, NetfilterPlace)])
    func known(_ function: String, _ place: NetfilterPlace) {
        #expect(NetfilterPlace(caller: function) == place)
    }

    @Test(
        "any other function names nothing",
        arguments: ["nft_do_chain", "ip_rcv_core", "ip_rcv_finish", "", ".", "netif_rx"])
    func unknown(_ function: String) {
        #expect(NetfilterPlace(caller: function) == .unknown)
    }

    @Test("a netfilter drop's key survives the way into the kernel and back")
    func key() {
        let row = NetfilterDropRow(
            endpoint: 7, kind: .init(caller: 0xffff_ffff_8203_31d9, direction: .egress), packets: 3)
        #expect(NetfilterDropRow(row.key, packets: 3) == row)
    }
}
