import CLibMNL

/// How full a table is, from `IPCTNL_MSG_CT_GET_STATS`.
package struct ConntrackSize: Equatable, Sendable {
    package var entries: UInt64 = 0
    /// Nil before Linux 5.9, where only the file has it.
    package var limit: UInt64?

    package init(parsing answer: [UInt8]) throws(NetlinkDecodingError) {
        try answer.forEachMessage { (message) throws(NetlinkDecodingError) in
            guard message.type == ConntrackMessage.statistics.type else { return }
            var attributes = NetlinkWalk(try message.payload.after(4))
            while let attribute = try attributes.nextAttribute() {
                switch attribute.type {
                case Int(CTA_STATS_GLOBAL_ENTRIES.rawValue):
                    entries = UInt64(try attribute.bigEndian(UInt32.self))
                case Int(CTA_STATS_GLOBAL_MAX_ENTRIES.rawValue):
                    limit = UInt64(try attribute.bigEndian(UInt32.self))
                default: break
                }
            }
        }
    }
}
