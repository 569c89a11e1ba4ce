import CLinux
import Glibc

/// Asks drivers by ethtool's old call, which every kernel and driver has.
package struct LiveEthtool: ~Copyable {
    private let socket: Int32

    package init() throws {
        socket = Glibc.socket(AF_INET, Int32(fovea_datagram | fovea_close_on_exec), 0)
        guard socket >= 0 else { throw SystemCallError("socket", "ethtool") }
    }

    deinit {
        close(socket)
    }

    /// Nil where the device keeps none.
    package borrowing func statistics(of device: String) throws -> DriverStatistics? {
        // struct ethtool_sset_info: command, reserved, mask of sets, then a count for each.
        var question = NativeBytes()
        question.add(UInt32(ETHTOOL_GSSET_INFO), 0 as UInt32)
        question.add(UInt64(1) << UInt64(ETH_SS_STATS.rawValue))
        question.add(0 as UInt32, 0 as UInt32)
        guard let sets = try ask(device, question) else { return nil }
        var cursor = ByteCursor(sets[...])
        _ = try cursor.take(8)
        guard try cursor.read(UInt64.self) != 0 else { return nil }
        let count = try cursor.read(UInt32.self)
        if count == 0 { return nil }
        guard count <= Self.mostStatistics else {
            throw SystemCallError("ethtool", "\(device): \(count) statistics", code: E2BIG)
        }
        var strings = NativeBytes()
        strings.add(UInt32(ETHTOOL_GSTRINGS), UInt32(ETH_SS_STATS.rawValue), count)
        strings.addZeros(Int(count) * Int(ETH_GSTRING_LEN))
        var values = NativeBytes()
        values.add(UInt32(ETHTOOL_GSTATS), count)
        values.addZeros(Int(count) * 8)
        guard let strings = try ask(device, strings), let values = try ask(device, values) else {
            return nil
        }
        return try DriverStatistics(strings: strings, values: values)
    }

    /// Nil where the device has no rings that it would tell of.
    package borrowing func rings(of device: String) throws -> RingSizes? {
        var question = NativeBytes()
        question.add(UInt32(ETHTOOL_GRINGPARAM))
        question.addZeros(32)
        return try ask(device, question).map { try RingSizes(parsing: $0) }
    }

    /// The block as the kernel left it; nil where the device has no answer or has gone.
    private borrowing func ask(_ device: String, _ block: NativeBytes) throws -> [UInt8]? {
        var bytes = block.bytes
        let result = bytes.withUnsafeMutableBytes { block in
            // struct ifreq: the device's name in 16 bytes, then here a pointer in a union of 24.
            var request = NativeBytes()
            request.add(name: device, length: Int(IFNAMSIZ))
            request.add(UInt(bitPattern: block.baseAddress))
            request.addZeros(16)
            var ifreq = request.bytes
            return ioctl(socket, UInt(SIOCETHTOOL), &ifreq)
        }
        if result == 0 { return bytes }
        if errno == EOPNOTSUPP || errno == ENODEV { return nil }
        throw SystemCallError("ioctl", "SIOCETHTOOL \(device)")
    }

    private static let mostStatistics: UInt32 = 65_536
}

/// A block for the kernel, in the machine's byte order.
private struct NativeBytes {
    private(set) var bytes: [UInt8] = []

    mutating func add<Integer: FixedWidthInteger>(_ numbers: Integer...) {
        for number in numbers { withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) } }
    }

    /// Cut short where it does not fit with a zero at its end.
    mutating func add(name: String, length: Int) {
        let letters = name.utf8.prefix(length - 1)
        bytes.append(contentsOf: letters)
        addZeros(length - letters.count)
    }

    mutating func addZeros(_ count: Int) {
        bytes.append(contentsOf: repeatElement(0, count: count))
    }
}
