import Observability

/// An Ethernet frame with a UDP datagram, over the family of its addresses, its checksums right unless told otherwise.
struct UDPFrame {
    var ethernet: (destination: String, source: String)
    /// Another than the family's.
    var ethertype: UInt16?
    var source: String
    var destination: String
    var timeToLive: UInt8 = 64
    var ipProtocol: UInt8 = 17
    var spoilUDPChecksum = false

    /// Length from the IP header on.
    var length: UInt64 { isSix ? 58 : 38 }

    private var isSix: Bool { source.contains(":") }

    var hex: String {
        let addresses = Self.bytes(source) + Self.bytes(destination)
        let payload = [UInt8](repeating: 0x78, count: 10)
        var udp: [UInt8] = [0x04, 0xd2, 0x23, 0x28, 0, 18, 0, 0] + payload
        var sum = Self.checksum(addresses + [0, 17, 0, 18] + udp)
        if spoilUDPChecksum { sum ^= 0x5555 }
        udp[6] = UInt8(sum >> 8)
        udp[7] = UInt8(sum & 0xff)
        let header =
            isSix
            ? [0x60, 0, 0, 0, 0, 18, ipProtocol, timeToLive] + addresses : headerV4(addresses)
        let ethertype = ethertype ?? (isSix ? 0x86dd : 0x0800)
        let type = [UInt8(ethertype >> 8), UInt8(ethertype & 0xff)]
        return ethernet.destination + ethernet.source
            + (type + header + udp).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func headerV4(_ addresses: [UInt8]) -> [UInt8] {
        var header: [UInt8] =
            [0x45, 0, 0, 38, 0, 1, 0, 0, timeToLive, ipProtocol, 0, 0] + addresses
        let sum = Self.checksum(header)
        header[10] = UInt8(sum >> 8)
        header[11] = UInt8(sum & 0xff)
        return header
    }

    private static func bytes(_ address: String) -> [UInt8] {
        guard let address = IPAddress(address) else { return [] }
        let all = [address.high, address.low].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> $0) }
        }
        return address.isV4 ? Array(all.suffix(4)) : all
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for (place, byte) in bytes.enumerated() {
            sum += place.isMultiple(of: 2) ? UInt32(byte) << 8 : UInt32(byte)
        }
        while sum >> 16 != 0 { sum = (sum & 0xffff) + (sum >> 16) }
        return ~UInt16(sum)
    }
}
