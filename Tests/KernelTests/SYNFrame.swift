/// An Ethernet frame with a TCP SYN over IPv4 from the first of a lab's hosts to the second, whoever it says
/// it is from.
struct SYNFrame {
    private let bytes: [UInt8]

    init(from source: [UInt8], port: UInt16, to destination: [UInt8], port destinationPort: UInt16)
    {
        var segment: [UInt8] = []
        for word in [port, destinationPort, 0x1234, 0x5678, 0, 0, 0x5002, 0xffff, 0, 0] {
            segment += Self.bytes(word)
        }
        let pseudo = source + destination + [0, 6, 0, 20]
        segment.replaceSubrange(16..<18, with: Self.bytes(Self.checksum(pseudo + segment)))
        var header: [UInt8] = [0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0] + source + destination
        header.replaceSubrange(10..<12, with: Self.bytes(Self.checksum(header)))
        let ethernet: [UInt8] = [2, 0x77, 0, 0, 0, 2, 2, 0x77, 0, 0, 0, 1, 8, 0]
        bytes = ethernet + header + segment
    }

    var hex: String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func bytes(_ word: UInt16) -> [UInt8] {
        [UInt8(word >> 8), UInt8(word & 0xff)]
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for place in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[place]) << 8 | UInt32(bytes[place + 1])
        }
        while sum > 0xffff { sum = (sum & 0xffff) + (sum >> 16) }
        return ~UInt16(sum)
    }
}
