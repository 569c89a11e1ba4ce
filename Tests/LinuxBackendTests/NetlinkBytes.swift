/// Netlink messages made by hand, for what no recording has.
enum NetlinkBytes {
    static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value) { Array($0) }
    }

    static func message(_ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
        bytes(UInt32(16 + payload.count)) + bytes(type) + bytes(UInt16(2)) + bytes(UInt32(1))
            + bytes(UInt32(0)) + padded(payload)
    }

    static func attribute(_ type: UInt16, _ value: [UInt8]) -> [UInt8] {
        bytes(UInt16(4 + value.count)) + bytes(type) + padded(value)
    }

    static func ifinfomsg(ifindex: UInt32) -> [UInt8] {
        [0, 0] + bytes(UInt16(1)) + bytes(ifindex) + bytes(UInt32(0)) + bytes(UInt32(0))
    }

    private static func padded(_ value: [UInt8]) -> [UInt8] {
        value + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    }
}
