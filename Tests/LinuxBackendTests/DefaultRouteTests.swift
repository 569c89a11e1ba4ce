import Testing

@testable import LinuxBackend

/// Routes as recorded in routes.hex and multipath-routes.hex.
struct DefaultRouteTests {
    @Test("the default route's interface is found among other routes")
    func single() throws {
        #expect(try DefaultRoute.interfaces(in: Fixture.netlink("routes")) == [10])
    }

    @Test("every next hop counts, of both families; other tables and blackholes do not")
    func multipath() throws {
        // 11 is br0 of table 100.
        #expect(
            try DefaultRoute.interfaces(in: Fixture.netlink("multipath-routes")) == [10, 12, 13])
    }

    @Test("a next hop that contradicts its own length is an error", arguments: [0, 7] as [UInt16])
    func shortHop(_ length: UInt16) {
        let header: [UInt8] = [2, 0, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0]
        let hop = NetlinkBytes.bytes(length) + [0, 0] + NetlinkBytes.bytes(UInt32(10))
        let answer = NetlinkBytes.message(24, header + NetlinkBytes.attribute(9, hop))
        #expect(throws: NetlinkDecodingError(offset: 0, problem: "a next hop of \(length) bytes")) {
            try DefaultRoute.interfaces(in: answer)
        }
    }
}
