import CLibMNL
import MetricSchema

/// An nftables chain, from `NFT_MSG_NEWCHAIN`, and the hook it hangs on.
struct NftablesChainRow: Sendable, Equatable {
    let key: NftablesChainKey
    /// Nil for a chain that is only jumped to.
    let hook: NetfilterHook?

    init(key: NftablesChainKey, hook: NetfilterHook?) {
        self.key = key
        self.hook = hook
    }

    /// Nil for a family that is not known here. `payload` is what follows the netlink header.
    init?(parsing payload: UnsafeRawBufferPointer) throws(NetlinkDecodingError) {
        var attributes = NetlinkWalk(try payload.after(4))
        guard let family = NftablesFamily(number: payload[0]) else { return nil }
        var (table, chain): (String, String) = ("", "")
        var hook: NetfilterHook?
        while let attribute = try attributes.nextAttribute() {
            switch attribute.type {
            case Int(NFTA_CHAIN_TABLE.rawValue): table = attribute.text
            case Int(NFTA_CHAIN_NAME.rawValue): chain = attribute.text
            case Int(NFTA_CHAIN_HOOK.rawValue):
                var fields = attribute.nested
                while let field = try fields.nextAttribute() {
                    if field.type == Int(NFTA_HOOK_HOOKNUM.rawValue) {
                        hook = family.hook(number: try field.bigEndian(UInt32.self))
                    }
                }
            default: break
            }
        }
        key = NftablesChainKey(family: family, table: table, chain: chain)
        self.hook = hook
    }

    /// Hands over each chain in a piece of an answer to `NFT_MSG_GETCHAIN`.
    static func forEach(
        in bytes: UnsafeRawBufferPointer, _ body: (NftablesChainRow) -> Void
    ) throws(NetlinkDecodingError) {
        var messages = NetlinkWalk(bytes)
        while let message = try messages.nextMessage() {
            guard message.type == NftablesMessage.newChain else { continue }
            if let chain = try NftablesChainRow(parsing: message.payload) { body(chain) }
        }
    }
}
