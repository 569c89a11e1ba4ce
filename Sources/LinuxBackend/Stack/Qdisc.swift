import CLibMNL

/// A queueing discipline of an interface, from `RTM_NEWQDISC` (linux/rtnetlink.h, linux/gen_stats.h).
package struct Qdisc: Sendable, Equatable {
    package let ifindex: UInt32
    package let handle: UInt32
    /// TC_H_ROOT, TC_H_INGRESS, or the class it hangs on.
    package let parent: UInt32
    package var kind = ""
    package var bytes: UInt64 = 0
    /// Of 64 bits where the kernel says so (Linux 5.5), else of 32.
    package var packets: UInt64 = 0
    package var queuedPackets: UInt32 = 0
    package var queuedBytes: UInt32 = 0
    /// These three go round at 2^32.
    package var drops: UInt32 = 0
    package var requeues: UInt32 = 0
    package var overlimits: UInt32 = 0

    /// What the interface sends by. It counts what those below it do: `mq` adds its parts up when it is asked,
    /// and in the others every packet and every drop passes the root too.
    package var isRoot: Bool { parent == 0xffff_ffff }

    /// Reads every qdisc in an answer to `RTM_GETQDISC`.
    package static func all(in answer: [UInt8]) throws(NetlinkDecodingError) -> [Qdisc] {
        var qdiscs: [Qdisc] = []
        for message in try NetlinkMessage.all(in: answer[...]) where message.type == RTM_NEWQDISC {
            qdiscs.append(try Qdisc(parsing: message.payload))
        }
        return qdiscs
    }

    private init(parsing payload: ArraySlice<UInt8>) throws(NetlinkDecodingError) {
        // struct tcmsg: family, padding, ifindex, handle, parent, info.
        var cursor = ByteCursor(payload)
        _ = try cursor.take(4)
        ifindex = try cursor.read(UInt32.self)
        handle = try cursor.read(UInt32.self)
        parent = try cursor.read(UInt32.self)
        _ = try cursor.take(4)
        for attribute in try NetlinkAttribute.all(in: cursor.rest) {
            switch Int(attribute.type) {
            case Int(TCA_KIND): kind = attribute.text
            case Int(TCA_STATS2): try readStatistics(attribute.bytes)
            default: break
            }
        }
    }

    private mutating func readStatistics(
        _ bytes: ArraySlice<UInt8>
    ) throws(NetlinkDecodingError) {
        var packets64: UInt64?
        for part in try NetlinkAttribute.all(in: bytes) {
            var cursor = ByteCursor(part.bytes)
            switch Int(part.type) {
            case Int(TCA_STATS_BASIC):
                self.bytes = try cursor.read(UInt64.self)
                packets = UInt64(try cursor.read(UInt32.self))
            case Int(TCA_STATS_PKT64): packets64 = try cursor.read(UInt64.self)
            case Int(TCA_STATS_QUEUE):
                queuedPackets = try cursor.read(UInt32.self)
                queuedBytes = try cursor.read(UInt32.self)
                drops = try cursor.read(UInt32.self)
                requeues = try cursor.read(UInt32.self)
                overlimits = try cursor.read(UInt32.self)
            default: break
            }
        }
        if let packets64 { packets = packets64 }
    }
}
