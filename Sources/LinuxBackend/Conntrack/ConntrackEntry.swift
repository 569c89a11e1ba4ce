import CLibMNL
import Glibc

/// A tracked connection, from `IPCTNL_MSG_CT_NEW` (linux/netfilter/nfnetlink_conntrack.h), as a dump and events
/// have it. What the kernel left out is nil or nought.
package struct ConntrackEntry: Equatable, Sendable {
    /// `enum ip_conntrack_status`.
    package struct Status: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let seenReply = Status(rawValue: 1 << 1)
        package static let assured = Status(rawValue: 1 << 2)
        package static let confirmed = Status(rawValue: 1 << 3)
        package static let sourceNAT = Status(rawValue: 1 << 4)
        package static let destinationNAT = Status(rawValue: 1 << 5)
        package static let dying = Status(rawValue: 1 << 9)
        package static let offloaded = Status(rawValue: 1 << 14)
    }

    /// Kept by the kernel only where net.netfilter.nf_conntrack_acct is on.
    package struct Counters: Equatable, Sendable {
        package var packets: UInt64 = 0
        package var bytes: UInt64 = 0
    }

    package private(set) var isV6 = false
    package private(set) var original = ConntrackTuple()
    package private(set) var reply = ConntrackTuple()
    package private(set) var status: Status = []
    /// `enum tcp_conntrack`; nil for other protocols.
    package private(set) var tcpState: UInt8?
    /// Seconds until it is forgotten.
    package private(set) var timeout: UInt32?
    package private(set) var mark: UInt32 = 0
    package private(set) var zone: UInt16 = 0
    package private(set) var originalCounters: Counters?
    package private(set) var replyCounters: Counters?

    /// `payload` is what follows the netlink header.
    init(parsing payload: UnsafeRawBufferPointer) throws(NetlinkDecodingError) {
        var attributes = NetlinkWalk(try payload.after(4))
        isV6 = payload[0] == UInt8(AF_INET6)
        while let attribute = try attributes.nextAttribute() {
            switch attribute.type {
            case Int(CTA_TUPLE_ORIG.rawValue): original = try ConntrackTuple(attribute)
            case Int(CTA_TUPLE_REPLY.rawValue): reply = try ConntrackTuple(attribute)
            case Int(CTA_STATUS.rawValue):
                status = Status(rawValue: try attribute.bigEndian(UInt32.self))
            case Int(CTA_PROTOINFO.rawValue): tcpState = try Self.tcpState(in: attribute)
            case Int(CTA_TIMEOUT.rawValue): timeout = try attribute.bigEndian(UInt32.self)
            case Int(CTA_MARK.rawValue): mark = try attribute.bigEndian(UInt32.self)
            case Int(CTA_ZONE.rawValue): zone = try attribute.bigEndian(UInt16.self)
            case Int(CTA_COUNTERS_ORIG.rawValue): originalCounters = try Counters(attribute)
            case Int(CTA_COUNTERS_REPLY.rawValue): replyCounters = try Counters(attribute)
            default: break
            }
        }
    }

    /// Hands over each entry in a piece of an answer. Messages of other kinds are passed over.
    static func forEach(
        in bytes: UnsafeRawBufferPointer, _ body: (ConntrackEntry) -> Void
    ) throws(NetlinkDecodingError) {
        var messages = NetlinkWalk(bytes)
        while let message = try messages.nextMessage() {
            if message.type == ConntrackMessage.new.type {
                body(try ConntrackEntry(parsing: message.payload))
            }
        }
    }

    /// Every entry in an answer to `IPCTNL_MSG_CT_GET`.
    package static func all(in answer: [UInt8]) throws(NetlinkDecodingError) -> [ConntrackEntry] {
        var entries: [ConntrackEntry] = []
        try answer.forEachMessage { (message) throws(NetlinkDecodingError) in
            if message.type == ConntrackMessage.new.type {
                entries.append(try ConntrackEntry(parsing: message.payload))
            }
        }
        return entries
    }

    private static func tcpState(
        in attribute: NetlinkWalk.Attribute
    ) throws(NetlinkDecodingError) -> UInt8? {
        var protocols = attribute.nested
        while let part = try protocols.nextAttribute() {
            guard part.type == Int(CTA_PROTOINFO_TCP.rawValue) else { continue }
            var fields = part.nested
            while let field = try fields.nextAttribute() {
                if field.type == Int(CTA_PROTOINFO_TCP_STATE.rawValue) {
                    return try field.bigEndian(UInt8.self)
                }
            }
        }
        return nil
    }
}

extension ConntrackEntry.Counters {
    fileprivate init(_ attribute: NetlinkWalk.Attribute) throws(NetlinkDecodingError) {
        var fields = attribute.nested
        while let field = try fields.nextAttribute() {
            switch field.type {
            case Int(CTA_COUNTERS_PACKETS.rawValue): packets = try field.bigEndian(UInt64.self)
            case Int(CTA_COUNTERS_BYTES.rawValue): bytes = try field.bigEndian(UInt64.self)
            default: break
            }
        }
    }
}
