import CLibMNL

/// A classifier on an interface, from `RTM_NEWTFILTER`: enough to tell ours from others'.
package struct TrafficFilter: Sendable, Equatable {
    /// A clsact qdisc's two hooks, by their numbers as a filter's parent.
    package enum Hook: UInt32, Sendable, CaseIterable {
        case ingress = 0xffff_fff2
        case egress = 0xffff_fff3
    }

    package let handle: UInt32
    package let priority: UInt32
    package var kind = ""
    /// A BPF classifier's program.
    package var program = ""

    package static func all(in answer: [UInt8]) throws(NetlinkDecodingError) -> [TrafficFilter] {
        var filters: [TrafficFilter] = []
        for message in try NetlinkMessage.all(in: answer[...]) where message.type == RTM_NEWTFILTER
        {
            var cursor = ByteCursor(message.payload)
            _ = try cursor.take(8)
            let handle = try cursor.read(UInt32.self)
            _ = try cursor.take(4)
            var filter = TrafficFilter(handle: handle, priority: try cursor.read(UInt32.self) >> 16)
            if handle == 0 { continue }  // the chain itself
            for attribute in try NetlinkAttribute.all(in: cursor.rest) {
                if attribute.type == TCA_KIND { filter.kind = attribute.text }
                if attribute.type == TCA_OPTIONS {
                    for option in try NetlinkAttribute.all(in: attribute.bytes)
                    where option.type == Self.bpfName {
                        filter.program = option.text
                    }
                }
            }
            filters.append(filter)
        }
        return filters
    }

    /// TCA_BPF_NAME of linux/pkt_cls.h.
    private static let bpfName = 7
}
