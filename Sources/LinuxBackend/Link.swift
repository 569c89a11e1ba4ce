import CLibMNL

/// A network device, from `RTM_NEWLINK` (linux/rtnetlink.h, linux/if_link.h).
package struct Link: Sendable, Equatable {
    /// The device's 64-bit counters, `struct rtnl_link_stats64`.
    package struct Statistics: Sendable, Equatable {
        package var receivedPackets: UInt64 = 0
        package var sentPackets: UInt64 = 0
        package var receivedBytes: UInt64 = 0
        package var sentBytes: UInt64 = 0
        package var receiveErrors: UInt64 = 0
        package var sendErrors: UInt64 = 0
        package var receiveDrops: UInt64 = 0
        package var sendDrops: UInt64 = 0
        /// Packets the hardware had no room for.
        package var receiveMissed: UInt64 = 0
    }

    package let ifindex: UInt32
    /// ARPHRD number: 1 is Ethernet, 772 loopback.
    package let hardwareType: UInt16
    package let flags: UInt32
    package var name = ""
    /// IF_OPER number: 0 unknown, 6 up.
    package var operationalState: UInt8 = 0
    /// Driver, as `ip link add type` calls it; empty for hardware.
    package var kind = ""
    package var master: UInt32?
    /// What it stands on, or a veth's other end.
    package var lower: UInt32?
    /// Namespace of `lower`, by the number it has in the asking namespace.
    package var lowerNamespace: Int32?
    package var statistics: Statistics?

    package init(ifindex: UInt32, hardwareType: UInt16 = 1, flags: UInt32 = 0, name: String = "") {
        self.ifindex = ifindex
        self.hardwareType = hardwareType
        self.flags = flags
        self.name = name
    }

    package var isLoopback: Bool { hardwareType == 772 }
    package var isEthernet: Bool { hardwareType == 1 }

    /// Operational state up; or unknown, as with devices that keep none, and running.
    package var isUp: Bool {
        operationalState == 6 || operationalState == 0 && flags & 0x41 == 0x41
    }

    /// Reads every link in an answer to `RTM_GETLINK`.
    package static func all(in answer: [UInt8]) throws(NetlinkDecodingError) -> [Link] {
        var links: [Link] = []
        for message in try NetlinkMessage.all(in: answer[...]) where message.type == RTM_NEWLINK {
            links.append(try Link(parsing: message.payload))
        }
        return links
    }

    private init(parsing payload: ArraySlice<UInt8>) throws(NetlinkDecodingError) {
        var cursor = ByteCursor(payload)
        _ = try cursor.take(2)
        let hardwareType = try cursor.read(UInt16.self)
        let ifindex = try cursor.read(UInt32.self)
        let flags = try cursor.read(UInt32.self)
        _ = try cursor.take(4)
        self.init(ifindex: ifindex, hardwareType: hardwareType, flags: flags)
        for attribute in try NetlinkAttribute.all(in: cursor.rest) {
            switch Int(attribute.type) {
            case Int(IFLA_IFNAME): name = attribute.text
            case Int(IFLA_OPERSTATE): operationalState = try attribute.integer(UInt8.self)
            case Int(IFLA_MASTER): master = try attribute.integer(UInt32.self)
            case Int(IFLA_LINK): lower = try attribute.integer(UInt32.self)
            case Int(IFLA_LINK_NETNSID): lowerNamespace = try attribute.integer(Int32.self)
            case Int(IFLA_STATS64): statistics = try Statistics(parsing: attribute.bytes)
            case Int(IFLA_LINKINFO):
                for part in try NetlinkAttribute.all(in: attribute.bytes)
                where part.type == IFLA_INFO_KIND {
                    kind = part.text
                }
            default: break
            }
        }
    }
}

extension Link.Statistics {
    /// Nine of the struct's fields; later kernels only append.
    fileprivate init(parsing bytes: ArraySlice<UInt8>) throws(NetlinkDecodingError) {
        var cursor = ByteCursor(bytes)
        receivedPackets = try cursor.read(UInt64.self)
        sentPackets = try cursor.read(UInt64.self)
        receivedBytes = try cursor.read(UInt64.self)
        sentBytes = try cursor.read(UInt64.self)
        receiveErrors = try cursor.read(UInt64.self)
        sendErrors = try cursor.read(UInt64.self)
        receiveDrops = try cursor.read(UInt64.self)
        sendDrops = try cursor.read(UInt64.self)
        // multicast, collisions, and five kinds of receive errors.
        _ = try cursor.take(7 * 8)
        receiveMissed = try cursor.read(UInt64.self)
    }
}
