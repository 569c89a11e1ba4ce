/// How many packets fit in a device's rings, from `struct ethtool_ringparam` (linux/ethtool.h).
package struct RingSizes: Sendable, Equatable {
    package let receive: UInt32
    package let receiveLimit: UInt32
    package let send: UInt32
    package let sendLimit: UInt32

    package init(parsing bytes: [UInt8]) throws(NetlinkDecodingError) {
        var cursor = ByteCursor(bytes[...])
        _ = try cursor.take(4)
        receiveLimit = try cursor.read(UInt32.self)
        _ = try cursor.take(8)
        sendLimit = try cursor.read(UInt32.self)
        receive = try cursor.read(UInt32.self)
        _ = try cursor.take(8)
        send = try cursor.read(UInt32.self)
    }
}
