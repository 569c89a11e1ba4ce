import Testing

@testable import LinuxBackend

/// What every kernel says of the same link, its addresses and its routes.
struct KernelRecordingTests {
    @Test(
        "a link, its other end's namespace, and counters that agree with /sys",
        arguments: Recording.all)
    func links(_ recording: Recording) throws {
        let links = try Link.all(in: recording.bytes("netlink/links"))
        let pod1 = try #require(links.first { $0.name == "pod1" })
        #expect(pod1.ifindex == 10 && pod1.kind == "veth" && pod1.isUp && pod1.isEthernet)
        #expect(pod1.lower == 11 && pod1.lowerNamespace == 5)
        #expect(links.contains { $0.isLoopback })
        let known = try recording.numbers("sys/pod1")
        let statistics = try #require(pod1.statistics)
        #expect(statistics.receivedPackets == known["statistics/rx_packets"])
        #expect(statistics.receivedBytes == known["statistics/rx_bytes"])
        #expect(statistics.sentPackets == known["statistics/tx_packets"])
        #expect(statistics.sentBytes == known["statistics/tx_bytes"])
        #expect(statistics.receiveDrops == known["statistics/rx_dropped"])
        #expect(statistics.sendDrops == known["statistics/tx_dropped"])
        #expect(statistics.sentPackets > 100)
    }

    @Test("addresses of both families", arguments: Recording.all)
    func addresses(_ recording: Recording) throws {
        let addresses = try InterfaceAddress.all(in: recording.bytes("netlink/addresses"))
        let own = addresses.filter { $0.ifindex == 10 }.map { "\($0.address)" }
        #expect(own.contains("10.9.0.1") && own.contains("fd09::1"))
    }

    @Test("the default route's interface", arguments: Recording.all)
    func routes(_ recording: Recording) throws {
        #expect(try DefaultRoute.interfaces(in: recording.bytes("netlink/routes")) == [10])
    }
}
