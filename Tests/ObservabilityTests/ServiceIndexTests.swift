import MetricSchema
import Observability
import Testing

struct ServiceIndexTests {
    private let index = ServiceIndex()
    private let web = ServiceLabel(namespace: "a", name: "web")
    private let other = ServiceLabel(namespace: "b", name: "other")
    private let one = IPAddress(v4: 1)
    private let two = IPAddress(v4: 2)

    private func service(_ address: IPAddress, _ port: UInt16 = 80) -> String {
        switch index.current.service(at: address, port: port) {
        case .none: "none"
        case .service(let service): service.label.name
        case .several: "several"
        }
    }

    @Test("a service has all ports of its own addresses, until it has others")
    func addresses() {
        index.change(web, addresses: [], to: [one])
        #expect(service(one, 80) == "web" && service(one, 9) == "web" && service(two) == "none")
        index.change(web, addresses: [one], to: [one, two])
        #expect(service(one) == "web" && service(two) == "web")
        index.change(web, addresses: [one, two], to: [two])
        #expect(service(one) == "none" && service(two) == "web")
        index.change(web, addresses: [two], to: [])
        #expect(index.current.isEmpty && !index.current.isKnown(web))
    }

    @Test("an address that another service has by now is not taken from it")
    func reuse() {
        index.change(web, addresses: [], to: [one])
        index.change(other, addresses: [], to: [one])
        index.change(web, addresses: [one], to: [])
        #expect(service(one) == "other")
    }

    @Test("an endpoint is its service's at its port; of several it is nobody's in particular")
    func backends() {
        let backend = ServiceIndex.Endpoint(address: one, port: 8080)
        index.change(web, endpoints: [], to: [backend])
        #expect(service(one, 8080) == "web" && service(one, 80) == "none")
        // The same endpoint in another slice of the service.
        index.change(web, endpoints: [], to: [backend])
        #expect(service(one, 8080) == "web")
        index.change(other, endpoints: [], to: [backend])
        #expect(service(one, 8080) == "several")
        index.change(other, endpoints: [backend], to: [])
        index.change(web, endpoints: [backend], to: [])
        #expect(service(one, 8080) == "web")
        index.change(web, endpoints: [backend], to: [])
        #expect(service(one, 8080) == "none" && !index.current.isKnown(web))
    }

    @Test("an endpoint's place is told by its service, and its zone by its address alone")
    func places() throws {
        let (here, there) = (
            ServicePlace.shared(zone: "a", hints: ["b", "a"]), ServicePlace.shared(zone: "b")
        )
        index.change(web, endpoints: [], to: [.init(address: one, port: 80, place: here)])
        index.change(
            other, endpoints: [],
            to: [.init(address: one, port: 81), .init(address: two, port: 80, place: there)])
        let view = index.current
        guard case .service(let service) = view.service(at: one, port: 80) else {
            Issue.record("it is one service's")
            return
        }
        #expect(view.place(of: one, in: service)?.hints == ["a", "b"])
        #expect(view.place(of: two, in: service) == nil)
        #expect(view.zone(of: one) == "a" && view.zone(of: two) == "b")
        #expect(view.zone(of: IPAddress(v4: 3)) == nil)
        // The same endpoint somewhere else.
        index.change(
            web, endpoints: [.init(address: one, port: 80, place: here)],
            to: [.init(address: one, port: 80, place: there)])
        #expect(index.current.zone(of: one) == "b" && self.service(one) == "web")
    }

    @Test("what is given up stays until it is let go of, with all that comes after it")
    func departures() {
        index.change(web, addresses: [], to: [one])
        index.change(web, endpoints: [], to: [.init(address: two, port: 80)])
        index.defersDepartures()
        index.change(other, addresses: [], to: [IPAddress(v4: 3)])
        #expect(index.departures == 0 && service(IPAddress(v4: 3)) == "other")
        index.change(web, addresses: [one], to: [])
        index.change(other, addresses: [IPAddress(v4: 3)], to: [IPAddress(v4: 3), one])
        index.change(web, endpoints: [.init(address: two, port: 80)], to: [])
        #expect(index.departures == 3 && service(one) == "web" && service(two) == "web")
        index.letGo(1)
        // The next takes nothing any more, and the last still does.
        #expect(index.departures == 1 && service(one) == "other" && service(two) == "web")
        index.letGo(1)
        #expect(index.departures == 0 && service(two) == "none")
    }

    @Test("an address that nobody has may become a service's: any at first, then cluster addresses")
    func newcomers() {
        let (near, far) = (IPAddress(v4: 7), IPAddress(v4: 7 << 16))
        func mayBecomeKnown(_ address: IPAddress) -> Bool {
            index.current.mayBecomeKnown(address)
        }
        #expect(!mayBecomeKnown(near) && index.current.isIdle)
        index.expect(.anywhere)
        #expect(mayBecomeKnown(near) && mayBecomeKnown(far) && !index.current.isIdle)
        index.change(web, addresses: [], to: [one])
        index.change(web, endpoints: [], to: [.init(address: IPAddress(v4: 9 << 16), port: 80)])
        index.expect(.nearOthers)
        #expect(
            mayBecomeKnown(near) && !mayBecomeKnown(far)
                && !mayBecomeKnown(IPAddress(v4: 9 << 16 + 1)))
        // Its last packets are not those of who has it next.
        index.change(web, addresses: [one], to: [])
        #expect(!mayBecomeKnown(one) && mayBecomeKnown(near))
    }
}
