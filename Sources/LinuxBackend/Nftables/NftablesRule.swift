import CLibMNL
import MetricSchema

/// An nftables rule, from `NFT_MSG_NEWRULE` (linux/netfilter/nf_tables.h): whether it drops, and how often it did.
struct NftablesRule: Sendable, Equatable {
    struct Drop: Sendable, Equatable {
        let verdict: NftablesVerdict
        /// Nil where the rule has no counter that tells.
        let packets: UInt64?
    }

    let chain: NftablesChainKey
    /// The kernel's number for it, never given again in its table.
    let handle: UInt64
    let drop: Drop?

    init(chain: NftablesChainKey, handle: UInt64, drop: Drop?) {
        self.chain = chain
        self.handle = handle
        self.drop = drop
    }

    /// Nil for a family that is not known here. `payload` is what follows the netlink header.
    init?(parsing payload: UnsafeRawBufferPointer) throws(NetlinkDecodingError) {
        var attributes = NetlinkWalk(try payload.after(4))
        guard let family = NftablesFamily(number: payload[0]) else { return nil }
        var (table, chain, handle): (String, String, UInt64) = ("", "", 0)
        var drop: Drop?
        while let attribute = try attributes.nextAttribute() {
            switch attribute.type {
            case Int(NFTA_RULE_TABLE.rawValue): table = attribute.text
            case Int(NFTA_RULE_CHAIN.rawValue): chain = attribute.text
            case Int(NFTA_RULE_HANDLE.rawValue): handle = try attribute.bigEndian(UInt64.self)
            case Int(NFTA_RULE_EXPRESSIONS.rawValue): drop = try Self.drop(in: attribute)
            default: break
            }
        }
        self.chain = NftablesChainKey(family: family, table: table, chain: chain)
        self.handle = handle
        self.drop = drop
    }

    /// Hands over each rule in a piece of an answer to `NFT_MSG_GETRULE`.
    static func forEach(
        in bytes: UnsafeRawBufferPointer, _ body: (NftablesRule) -> Void
    ) throws(NetlinkDecodingError) {
        var messages = NetlinkWalk(bytes)
        while let message = try messages.nextMessage() {
            guard message.type == NftablesMessage.newRule else { continue }
            if let rule = try NftablesRule(parsing: message.payload) { body(rule) }
        }
    }

    /// Expressions are worked off in turn, and one that does not match ends the rule. So a counter counts what the
    /// verdict drops only where nothing stands between them but what always goes on.
    private static func drop(
        in expressions: NetlinkWalk.Attribute
    ) throws(NetlinkDecodingError) -> Drop? {
        var list = expressions.nested
        var packets: UInt64?
        while let element = try list.nextAttribute() {
            guard element.type == Int(NFTA_LIST_ELEM.rawValue) else { continue }
            var parts = element.nested
            var name = ""
            var data: NetlinkWalk.Attribute?
            while let part = try parts.nextAttribute() {
                if part.type == Int(NFTA_EXPR_NAME.rawValue) { name = part.text }
                if part.type == Int(NFTA_EXPR_DATA.rawValue) { data = part }
            }
            switch name {
            case "counter": packets = try data.map(Self.packets) ?? nil
            case "log": break
            case "reject": return Drop(verdict: .reject, packets: packets)
            case "immediate":
                if let data, try isDrop(data) { return Drop(verdict: .drop, packets: packets) }
                packets = nil
            default: packets = nil
            }
        }
        return nil
    }

    private static func packets(
        _ counter: NetlinkWalk.Attribute
    ) throws(NetlinkDecodingError) -> UInt64? {
        var fields = counter.nested
        while let field = try fields.nextAttribute() {
            if field.type == Int(NFTA_COUNTER_PACKETS.rawValue) {
                return try field.bigEndian(UInt64.self)
            }
        }
        return nil
    }

    /// NF_DROP, 0, into the verdict's register.
    private static func isDrop(
        _ immediate: NetlinkWalk.Attribute
    ) throws(NetlinkDecodingError) -> Bool {
        var fields = immediate.nested
        while let field = try fields.nextAttribute() {
            guard field.type == Int(NFTA_IMMEDIATE_DATA.rawValue) else { continue }
            var values = field.nested
            while let value = try values.nextAttribute() {
                guard value.type == Int(NFTA_DATA_VERDICT.rawValue) else { continue }
                var verdict = value.nested
                while let code = try verdict.nextAttribute() {
                    if code.type == Int(NFTA_VERDICT_CODE.rawValue) {
                        return try code.bigEndian(UInt32.self) == 0
                    }
                }
            }
        }
        return false
    }
}

/// What nf_tables is asked and answers: `enum nf_tables_msg_types` below the subsystem.
enum NftablesMessage {
    static let newChain = UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(NFT_MSG_NEWCHAIN.rawValue)
    static let getChain = UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(NFT_MSG_GETCHAIN.rawValue)
    static let newRule = UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(NFT_MSG_NEWRULE.rawValue)
    static let getGeneration =
        UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(NFT_MSG_GETGEN.rawValue)
    static let getRule = UInt16(NFNL_SUBSYS_NFTABLES) << 8 | UInt16(NFT_MSG_GETRULE.rawValue)
}
