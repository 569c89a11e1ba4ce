import CLibMNL
import MetricSchema

/// Where an nftables chain is: names are unique within their table, and tables within their family.
struct NftablesChainKey: Hashable, Sendable {
    let family: NftablesFamily
    let table: String
    let chain: String
}

extension NftablesFamily {
    /// `NFPROTO_…` (linux/netfilter.h); nil for one that has no nftables.
    init?(number: UInt8) {
        switch number {
        case 1: self = .inet
        case 2: self = .ip
        case 3: self = .arp
        case 5: self = .netdev
        case 7: self = .bridge
        case 10: self = .ip6
        default: return nil
        }
    }

    /// `enum nf_inet_hooks`, `nf_arp_hooks`, `nf_bridge_hooks` and `nf_dev_hooks`.
    func hook(number: UInt32) -> NetfilterHook {
        let hooks: [NetfilterHook] =
            switch self {
            case .inet, .ip, .ip6:
                [.prerouting, .input, .forward, .output, .postrouting, .ingress]
            case .arp: [.input, .output, .forward]
            case .bridge: [.prerouting, .input, .forward, .output, .postrouting]
            case .netdev: [.ingress, .egress]
            }
        return Int(number) < hooks.count ? hooks[Int(number)] : .unknown
    }
}

extension NetlinkWalk.Attribute {
    /// Up to its first NUL.
    var text: String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
}
