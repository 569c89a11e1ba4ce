import Observability
import Testing

struct ServerAddressTests {
    @Test(
        "an address is read with a port and without, and written as it was read",
        arguments: [
            "192.0.2.1", "192.0.2.1:6443", "2001:db8::1", "[2001:db8::1]:6443", "[::]:1",
        ])
    func roundTrip(_ text: String) throws {
        #expect(try #require(ServerAddress(text)).description == text)
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "host", "host:6443", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", ":6443",
            "[192.0.2.1]:6443", "[2001:db8::1]", "2001:db8::1:6443:1:2:3:4:5:6:7", "[::1:6443",
            "192.0.2.1:+80", "192.0.2.1/24",
        ])
    func refused(_ text: String) {
        #expect(ServerAddress(text) == nil)
    }

    @Test("a peer node is a name with an address")
    func nodes() {
        #expect(PeerNode("a=192.0.2.7")?.description == "a=192.0.2.7")
        #expect(PeerNode("a=2001:db8::7")?.name == "a")
        for text in ["", "a", "=192.0.2.7", "a=", "a=b", "a=192.0.2.7:80"] {
            #expect(PeerNode(text) == nil, "\(text)")
        }
    }
}
