import MetricSchema
import Observability
import Testing

struct IdentityIndexTests {
    private let index = IdentityIndex()
    private let blue = Identity(namespace: "shop", pod: "blue")
    private let green = Identity(namespace: "shop", pod: "green")
    private let address = IPAddress(v4: 0x0a00_0001)

    @Test("what nobody named is the node or the world")
    func unknown() {
        let view = index.current
        #expect(view.identity(of: 7 as UInt16) == nil)
        #expect(view[view.identity(of: address)] == .world)
        #expect(view[.world] == .world && view[.node] == .node)
    }

    @Test("endpoints and addresses lead to identities")
    func known() {
        index.update(
            endpoints: [Endpoint(number: 7, identity: blue, addresses: [address])],
            nodeAddresses: [IPAddress(v4: 2)])
        let view = index.current
        #expect(view.identity(of: 7).map { view[$0] } == blue)
        #expect(view[view.identity(of: address)] == blue)
        #expect(view.identity(of: IPAddress(v4: 2)) == .node)
    }

    @Test("an address that an endpoint and the node have is the endpoint's")
    func shared() {
        index.update(
            endpoints: [Endpoint(number: 7, identity: blue, addresses: [address])],
            nodeAddresses: [address])
        let view = index.current
        #expect(view[view.identity(of: address)] == blue)
    }

    @Test("a view does not change when the index does, and numbers stay good")
    func views() {
        index.update(
            endpoints: [Endpoint(number: 7, identity: blue, addresses: [address])],
            nodeAddresses: [])
        let before = index.current
        index.update(
            endpoints: [Endpoint(number: 8, identity: green, addresses: [address])],
            nodeAddresses: [])
        let after = index.current
        #expect(before[before.identity(of: address)] == blue)
        #expect(after[after.identity(of: address)] == green)
        #expect(before.identity(of: 7).map { after[$0] } == blue)
        #expect(after.identity(of: 7 as UInt16) == nil)
    }

    @Test("who goes is retired from then on, and no longer when back")
    func retirement() throws {
        let endpoint = Endpoint(number: 7, identity: blue, addresses: [address])
        index.update(endpoints: [endpoint], nodeAddresses: [])
        let number = try #require(index.current.identity(of: 7))
        #expect(index.current.retirement(of: number) == nil)

        let start = ContinuousClock.now
        index.update(endpoints: [], nodeAddresses: [])
        let retired = try #require(index.current.retirement(of: number))
        #expect((start...ContinuousClock.now).contains(retired))

        index.update(endpoints: [], nodeAddresses: [])
        #expect(index.current.retirement(of: number) == retired)

        index.update(endpoints: [endpoint], nodeAddresses: [])
        #expect(index.current.retirement(of: number) == nil)
    }

    @Test("a new number for the same identity is the same identity")
    func renumbered() throws {
        index.update(
            endpoints: [Endpoint(number: 7, identity: blue, addresses: [])], nodeAddresses: [])
        let number = try #require(index.current.identity(of: 7))
        index.update(
            endpoints: [Endpoint(number: 9, identity: blue, addresses: [])], nodeAddresses: [])
        #expect(index.current.identity(of: 9) == number)
        #expect(index.current.retirement(of: number) == nil)
    }

    @Test("the node and the world never retire, though the last uplink goes")
    func reserved() {
        index.update(
            endpoints: [Endpoint(number: 1, identity: .node, addresses: [])], nodeAddresses: [])
        index.update(endpoints: [], nodeAddresses: [])
        #expect(index.current.retirement(of: .node) == nil)
        #expect(index.current.retirement(of: .world) == nil)
    }

    @Test("who a provisional name turned out to be has what was known under it")
    func renamed() throws {
        let unknown = Identity(pod: "cni-1")
        index.update(
            endpoints: [Endpoint(number: 7, identity: unknown, addresses: [address])],
            nodeAddresses: [])
        let provisional = try #require(index.current.identity(of: 7))
        index.update(
            endpoints: [
                Endpoint(
                    number: 7, identity: blue, provisional: unknown, addresses: [address])
            ], nodeAddresses: [])
        let view = index.current
        let number = try #require(view.identity(of: 7))
        #expect(view[provisional] == blue && view.current(provisional) == number)
        #expect(view.current(number) == number)

        // A namespace of that name again, before it is known whose it is.
        index.update(
            endpoints: [Endpoint(number: 9, identity: unknown, addresses: [])], nodeAddresses: [])
        #expect(index.current[provisional] == unknown)
    }

    @Test(
        "an address is local where an endpoint or the node has it, and not where a cluster says so")
    func local() {
        index.change(directory: [IPAddress(v4: 3): green])
        index.update(
            endpoints: [Endpoint(number: 7, identity: blue, addresses: [address])],
            nodeAddresses: [IPAddress(v4: 2)])
        let view = index.current
        #expect(view.local(address).map { view[$0] } == blue)
        #expect(view.local(IPAddress(v4: 2)) == .node)
        #expect(view.local(IPAddress(v4: 3)) == nil)
        #expect(view[view.identity(of: IPAddress(v4: 3))] == green)
    }

    @Test("ten thousand pods that came and went leave nothing behind; who is there stays")
    func churn() throws {
        index.update(
            endpoints: [Endpoint(number: 7, identity: blue, addresses: [address])],
            nodeAddresses: [])
        let start = index.current.count
        var last: IdentityNumber?
        for pod in 0..<10_000 as Range<UInt32> {
            let address = IPAddress(v4: 0x0b00_0000 + pod)
            index.change(directory: [address: Identity(namespace: "job", pod: "p\(pod)")])
            last = index.current.identity(of: address)
            index.change(directory: [address: Identity?.none])
        }
        let gone = try #require(last)
        index.forget(retiredBefore: .now - SeriesLifetime.grace)
        #expect(index.current.count == start + 10_000 && !index.current.isForgotten(gone))
        index.forget(retiredBefore: .now)
        #expect(index.current.count == start && index.current.isForgotten(gone))
        #expect(index.current.identity(of: 7).map { index.current[$0] } == blue)
    }
}
