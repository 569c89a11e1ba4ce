import MetricSchema
import Observability
import Testing

struct AddressGroupTests {
    @Test(
        "a range is an address, a slash and a prefix length, with nothing behind the prefix",
        arguments: [
            ("192.0.2.0/24", 120), ("0.0.0.0/0", 96), ("10.0.0.1/32", 128), ("2001:db8::/32", 32),
            ("::/0", 0), ("fd00::1/128", 128), ("192.0.2.1/24", nil), ("10.0.0.0/33", nil),
            ("fd00::/129", nil), ("10.0.0.0", nil), ("10.0.0.0/", nil), ("10.0.0.0/+8", nil),
            ("10.0.0.0/08", nil), ("10.0.0.0/8/8", nil), ("/8", nil), ("x/8", nil), ("", nil),
        ] as [(String, Int?)])
    func ranges(_ text: String, _ length: Int?) {
        #expect(AddressRange(text)?.prefixLength == length)
    }

    @Test(
        "the longest prefix names an address that is nobody's",
        arguments: [
            ("10.1.2.3", "group:rack"), ("10.1.3.3", "group:site"), ("10.2.0.1", "reserved:world"),
            ("2001:db8::9", "group:six"), ("2001:db9::9", "reserved:world"),
            ("10.1.2.4", "shop/cart"),
        ])
    func names(_ text: String, _ expected: String) throws {
        let groups = try [
            ("site", "10.1.0.0/16"), ("rack", "10.1.2.0/24"), ("six", "2001:db8::/32"),
        ]
        .map { AddressGroup(name: $0.0, range: try #require(AddressRange($0.1))) }
        let index = IdentityIndex(groups: groups)
        let cart = try #require(IPAddress("10.1.2.4"))
        index.change(directory: [cart: Identity(namespace: "shop", pod: "cart")])
        let view = index.current
        let address = try #require(IPAddress(text))
        let found = view[view.identity(of: address)]
        #expect((found.namespace.isEmpty ? "" : found.namespace + "/") + found.pod == expected)
        #expect(view.isNamed(address) == (text == "10.1.2.4"))
    }

    @Test("a group outlives every pod")
    func stays() throws {
        let index = IdentityIndex(groups: [
            AddressGroup(name: "all", range: try #require(AddressRange("0.0.0.0/0")))
        ])
        index.update(endpoints: [], nodeAddresses: [])
        index.forget(retiredBefore: .now)
        let view = index.current
        #expect(view[view.identity(of: IPAddress(v4: 1))] == .group("all"))
    }
}
