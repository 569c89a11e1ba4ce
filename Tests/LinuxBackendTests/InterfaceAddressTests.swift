import Testing

@testable import LinuxBackend

/// Addresses as recorded in addresses.hex.
struct InterfaceAddressTests {
    @Test(
        "addresses of both families are read; on a link with a peer it is ours and not the peer's")
    func all() throws {
        let addresses = try InterfaceAddress.all(in: Fixture.netlink("addresses"))
        #expect(
            addresses.map { "\($0.ifindex) \($0.address) \($0.scope)" } == [
                "1 127.0.0.1 254", "10 10.9.0.1 0", "13 192.0.2.1 0", "1 ::1 254",
                "10 fe80::ff:fe00:1 253", "12 fe80::ff:fe00:4 253", "13 2001:db8::1 0",
                "13 fe80::ff:fe00:5 253",
            ])
    }

    @Test("only addresses that no other host has name their host")
    func naming() throws {
        let addresses = try InterfaceAddress.all(in: Fixture.netlink("addresses"))
        #expect(
            addresses.filter(\.namesItsHost).map(\.address.description) == [
                "10.9.0.1", "192.0.2.1", "2001:db8::1",
            ])
    }

    @Test("IFA_LOCAL is ours, before or after IFA_ADDRESS")
    func order() throws {
        let header: [UInt8] = [2, 32, 0, 0] + NetlinkBytes.bytes(UInt32(9))
        let local = NetlinkBytes.attribute(2, [192, 0, 2, 1])
        let peer = NetlinkBytes.attribute(1, [192, 0, 2, 2])
        for attributes in [local + peer, peer + local] {
            let found = try InterfaceAddress.all(in: NetlinkBytes.message(20, header + attributes))
            #expect(found.map(\.address.description) == ["192.0.2.1"])
        }
    }

    @Test("a message without an address has none")
    func none() throws {
        let header: [UInt8] = [2, 32, 0, 0] + NetlinkBytes.bytes(UInt32(9))
        #expect(try InterfaceAddress.all(in: NetlinkBytes.message(20, header)).isEmpty)
        let odd = header + NetlinkBytes.attribute(1, [1, 2, 3])
        #expect(try InterfaceAddress.all(in: NetlinkBytes.message(20, odd)).isEmpty)
    }
}
