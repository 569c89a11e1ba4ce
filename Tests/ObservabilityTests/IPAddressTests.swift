import Observability
import Testing

struct IPAddressTests {
    @Test(
        "IPv6 reads as RFC 5952 wants it",
        arguments: [
            ("20010db8000000000000000000000001", "2001:db8::1"),
            ("00000000000000000000000000000000", "::"),
            ("00000000000000000000000000000001", "::1"),
            ("20010db8000000000000000000000000", "2001:db8::"),
            // 4.2.2: one zero group is not shortened.
            ("20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"),
            // 4.2.3: the longest run, and of two alike the first.
            ("20010000000000010000000000000001", "2001:0:0:1::1"),
            ("20010db8000000000001000000000001", "2001:db8::1:0:0:1"),
            ("00010000000000000002000000000000", "1::2:0:0:0"),
            ("00000000000100000000000000010000", "0:0:1::1:0"),
            // 4.1, 4.3: no leading zeros, lower case.
            ("2001ABCD00EF0a0b000c000d000e000f", "2001:abcd:ef:a0b:c:d:e:f"),
            ("fe80000000000000020000fffe000001", "fe80::200:ff:fe00:1"),
            ("ff020000000000000000000000000001", "ff02::1"),
            ("00010002000300040005000600070000", "1:2:3:4:5:6:7:0"),
            ("00000002000300040005000600070008", "0:2:3:4:5:6:7:8"),
            ("00000000000300040005000600070008", "::3:4:5:6:7:8"),
            ("00010002000300040005000600000000", "1:2:3:4:5:6::"),
            ("0064ff9b0000000000000000c0000221", "64:ff9b::c000:221"),
        ])
    func v6(_ hex: String, _ text: String) throws {
        let address = try #require(IPAddress(networkOrder: Self.bytes(hex)))
        #expect("\(address)" == text)
        #expect(!address.isV4)
    }

    @Test(
        "IPv4 reads as four numbers, given as 4 bytes or mapped into 16",
        arguments: [
            ("00000000", "0.0.0.0"), ("7f000001", "127.0.0.1"), ("c0000221", "192.0.2.33"),
            ("ffffffff", "255.255.255.255"), ("0a090001", "10.9.0.1"),
        ])
    func v4(_ hex: String, _ text: String) throws {
        let short = try #require(IPAddress(networkOrder: Self.bytes(hex)))
        let mapped = try #require(
            IPAddress(networkOrder: Self.bytes("00000000000000000000ffff" + hex)))
        #expect("\(short)" == text && short.isV4)
        #expect(mapped == short)
        #expect(IPAddress(v4: UInt32(hex, radix: 16) ?? 0) == short)
    }

    @Test("bytes that are no address are none", arguments: [0, 1, 3, 5, 8, 15, 17, 32])
    func otherLengths(_ count: Int) {
        #expect(IPAddress(networkOrder: [UInt8](repeating: 1, count: count)) == nil)
    }

    @Test("a slice is read from its own start")
    func slice() {
        let bytes: [UInt8] = [9, 9, 10, 0, 0, 1, 9]
        #expect(IPAddress(networkOrder: bytes[2..<6]) == IPAddress(v4: 0x0a00_0001))
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }
}
