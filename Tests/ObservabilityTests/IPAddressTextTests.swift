import Observability
import Testing
import TestSupport

struct IPAddressTextTests {
    @Test(
        "what is written reads back the same",
        arguments: [
            "0.0.0.0", "10.0.0.1", "255.255.255.255", "::", "::1", "1::", "2001:db8::1",
            "fe80::1:0:0:1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
        ])
    func plain(_ text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(
            IPAddress(address.description) == address
                && (text.hasSuffix("7::") || text.hasPrefix("::2")
                    || address.description == text)
        )
    }

    @Test("other ways to write it are the same address")
    func alike() {
        #expect(IPAddress("2001:DB8:0:0::1") == IPAddress("2001:db8::1"))
        #expect(IPAddress("::ffff:10.0.0.1") == IPAddress("10.0.0.1"))
        #expect(IPAddress("64:ff9b::192.0.2.33") == IPAddress("64:ff9b::c000:221"))
    }

    @Test(
        "what is no address is none",
        arguments: [
            "", ".", ":", ":::", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.a",
            " 1.2.3.4",
            "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::",
            "fe80::1%eth0", "10.0.0.0/8", "1.2.3.4::", "::1.2.3", "1:", ":1",
            "1:2:3:4:5:6:7:1.2.3.4",
        ])
    func wrong(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test("any address reads back from its text")
    func roundTrip() {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<2_000 {
            var address = IPAddress(
                high: .random(in: 0 ... .max, using: &random),
                low: .random(in: 0 ... .max, using: &random) & 0xffff_0000_ffff)
            if Bool.random(using: &random) { address = IPAddress(high: 0, low: address.low) }
            #expect(IPAddress(address.description) == address)
        }
    }
}
