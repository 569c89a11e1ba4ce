import CLibMNL

/// A default route, from `RTM_NEWROUTE`.
enum DefaultRoute {
    /// Interfaces that a default route of the main table leaves by, in an answer to `RTM_GETROUTE`.
    static func interfaces(in answer: [UInt8]) throws(NetlinkDecodingError) -> Set<UInt32> {
        var interfaces: Set<UInt32> = []
        for message in try NetlinkMessage.all(in: answer[...]) where message.type == RTM_NEWROUTE {
            var cursor = ByteCursor(message.payload)
            _ = try cursor.read(UInt8.self)
            let destinationLength = try cursor.read(UInt8.self)
            _ = try cursor.take(2)
            let table = try cursor.read(UInt8.self)
            _ = try cursor.take(2)
            let type = try cursor.read(UInt8.self)
            _ = try cursor.take(4)
            guard destinationLength == 0, Int(table) == Int(RT_TABLE_MAIN.rawValue),
                type == RTN_UNICAST
            else { continue }
            for attribute in try NetlinkAttribute.all(in: cursor.rest) {
                if attribute.type == RTA_OIF.rawValue {
                    interfaces.insert(try attribute.integer(UInt32.self))
                } else if attribute.type == RTA_MULTIPATH.rawValue {
                    interfaces.formUnion(try nextHops(in: attribute.bytes))
                }
            }
        }
        return interfaces
    }

    /// `struct rtnexthop`, one behind the other: length, flags, hops, interface, attributes.
    private static func nextHops(in bytes: ArraySlice<UInt8>) throws(NetlinkDecodingError) -> Set<
        UInt32
    > {
        var cursor = ByteCursor(bytes)
        var interfaces: Set<UInt32> = []
        while cursor.rest.count >= 8 {
            let length = Int(try cursor.read(UInt16.self))
            _ = try cursor.take(2)
            interfaces.insert(try cursor.read(UInt32.self))
            guard length >= 8 else {
                throw NetlinkDecodingError(offset: 0, problem: "a next hop of \(length) bytes")
            }
            _ = try cursor.takeAligned(length - 8)
        }
        return interfaces
    }
}
