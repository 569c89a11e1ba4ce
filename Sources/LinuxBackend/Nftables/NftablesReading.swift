import CLibMNL
import Glibc
import MetricSchema

/// What stays of a dump of a namespace's rules: those that drop.
struct NftablesReading: Sendable, Equatable {
    struct RuleKey: Hashable, Sendable {
        let chain: NftablesChainKey
        let handle: UInt64
    }

    struct Counted: Sendable, Equatable {
        let verdict: NftablesVerdict
        let packets: UInt64
    }

    private(set) var counted: [RuleKey: Counted] = [:]
    /// Rules that drop and are not in `counted`, by table; the chain's name is empty.
    private(set) var uncounted: [NftablesChainKey: UInt64] = [:]
    private(set) var hooks: [NftablesChainKey: NetfilterHook] = [:]

    /// The most rules that are kept, and as many chains.
    private let limit: Int

    init(limit: Int = .max) {
        self.limit = limit
    }

    mutating func add(_ rule: NftablesRule) {
        guard let drop = rule.drop else { return }
        if let packets = drop.packets, counted.count < limit {
            counted[RuleKey(chain: rule.chain, handle: rule.handle)] = Counted(
                verdict: drop.verdict, packets: packets)
        } else {
            let table = NftablesChainKey(
                family: rule.chain.family, table: rule.chain.table, chain: "")
            if uncounted[table] != nil || uncounted.count < limit {
                uncounted[table, default: 0] += 1
            }
        }
    }

    mutating func add(_ chain: NftablesChainRow) {
        if chain.hook != nil, hooks.count < limit { hooks[chain.key] = chain.hook }
    }

    /// Of the namespace that the thread is in. Needs CAP_NET_ADMIN. Asking alters no rule and no counter.
    static func live(limit: Int = .max) throws -> NftablesReading {
        let netlink = try LiveNetlink(.netfilter)
        for _ in 0..<attempts {
            var reading = NftablesReading(limit: limit)
            let chains = try netlink.stream(
                NftablesMessage.getChain, dump: true, header: nfgenmsg()
            ) { try NftablesChainRow.forEach(in: $0) { reading.add($0) } }
            let rules = try netlink.stream(
                NftablesMessage.getRule, dump: true, header: nfgenmsg()
            ) { try NftablesRule.forEach(in: $0) { reading.add($0) } }
            if chains && rules { return reading }
        }
        throw SystemCallError("nfnetlink", "rules that change all the time", code: EAGAIN)
    }

    /// Nil where the rules can be read; else what is missing. Does not have a module loaded.
    static func problem() -> String? {
        guard access("/sys/module/nf_tables", F_OK) == 0 || isBuiltIn else {
            return "nf_tables, which is not loaded: this node has no nftables rules"
        }
        do {
            _ = try LiveNetlink(.netfilter).request(
                NftablesMessage.getGeneration, dump: false, header: nfgenmsg())
            return nil
        } catch let error as SystemCallError where error.code == EPERM {
            return "CAP_NET_ADMIN"
        } catch {
            return "\(error)"
        }
    }

    private static let isBuiltIn = KernelSymbols().contains("nf_tables_dump_rules")
    private static let attempts = 8
}
