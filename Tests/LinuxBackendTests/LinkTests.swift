import Testing

@testable import LinuxBackend

/// Links as recorded in links.hex, see record.py there.
struct LinkTests {
    private let links: [Link]

    init() throws {
        links = try Link.all(in: Fixture.netlink("links"))
    }

    @Test("every link of the namespace is there, in the kernel's order")
    func all() {
        #expect(links.map(\.name) == ["lo", "tun0", "pod1", "br0", "port0", "port1"])
        #expect(links.map(\.ifindex) == [1, 2, 10, 11, 12, 13])
    }

    @Test(
        "a link's driver is known, and hardware has none",
        arguments: [
            ("lo", ""), ("tun0", "tun"), ("pod1", "veth"), ("br0", "bridge"), ("port0", "veth"),
        ])
    func kind(_ name: String, _ kind: String) throws {
        #expect(try link(name).kind == kind)
    }

    @Test("loopback, Ethernet and what has no link layer are told apart")
    func hardware() {
        #expect(links.filter(\.isLoopback).map(\.name) == ["lo"])
        #expect(links.filter(\.isEthernet).map(\.name) == ["pod1", "br0", "port0", "port1"])
    }

    @Test("a veth's other end is named with the number of its namespace")
    func otherEnd() throws {
        let pod = try link("pod1")
        #expect(pod.lower == 2 && pod.lowerNamespace == 5)
        let port = try link("port0")
        #expect(port.lower == 13 && port.lowerNamespace == nil)
        #expect(try link("br0").lower == nil)
    }

    @Test("a bridge's port has the bridge as its master")
    func master() throws {
        #expect(try link("port0").master == 11)
        #expect(links.filter { $0.master != nil }.map(\.name) == ["port0"])
    }

    @Test(
        "loopback is up though it keeps no operational state; links that were never set up are down"
    )
    func up() {
        #expect(links.filter(\.isUp).map(\.name) == ["lo", "pod1"])
    }

    @Test(
        "up is the operational state, or running where there is none",
        arguments: [
            (6, 0x1003, true), (0, 0x41, true), (0, 0x01, false), (0, 0x40, false),
            (2, 0x41, false),
            (5, 0x41, false), (7, 0x41, false),
        ] as [(UInt8, UInt32, Bool)])
    func upRule(_ state: UInt8, _ flags: UInt32, _ up: Bool) {
        var link = Link(ifindex: 1, flags: flags)
        link.operationalState = state
        #expect(link.isUp == up)
    }

    @Test("three pings are three packets of 98 bytes, each way")
    func statistics() throws {
        var expected = Link.Statistics()
        expected.receivedPackets = 3
        expected.sentPackets = 3
        expected.receivedBytes = 294
        expected.sentBytes = 294
        #expect(try link("pod1").statistics == expected)
        #expect(try link("br0").statistics == Link.Statistics())
    }

    @Test("each counter is read from its own place in rtnl_link_stats64")
    func statisticsFields() throws {
        let counters = (1...25 as ClosedRange<UInt64>).flatMap(NetlinkBytes.bytes)
        let link = try #require(
            try Link.all(
                in: NetlinkBytes.message(
                    16, NetlinkBytes.ifinfomsg(ifindex: 3) + NetlinkBytes.attribute(23, counters))
            ).first)
        let found = try #require(link.statistics)
        #expect(
            [found.receivedPackets, found.sentPackets, found.receivedBytes, found.sentBytes] == [
                1, 2, 3, 4,
            ])
        #expect(
            [found.receiveErrors, found.sendErrors, found.receiveDrops, found.sendDrops] == [
                5, 6, 7, 8,
            ])
        #expect(found.receiveMissed == 16)
    }

    @Test("a link without statistics has none, and not noughts")
    func noStatistics() throws {
        let bytes = NetlinkBytes.message(16, NetlinkBytes.ifinfomsg(ifindex: 3))
        #expect(try Link.all(in: bytes).map(\.statistics) == [nil])
    }

    private func link(_ name: String) throws -> Link {
        try #require(links.first { $0.name == name })
    }
}
