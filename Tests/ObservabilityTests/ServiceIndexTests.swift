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
        let backend = ServiceIndex.Backend(address: one, port: 8080)
        index.change(web, backends: [], to: [backend])
        #expect(service(one, 8080) == "web" && service(one, 80) == "none")
        // The same endpoint in another slice of the service.
        index.change(web, backends: [], to: [backend])
        #expect(service(one, 8080) == "web")
        index.change(other, backends: [], to: [backend])
        #expect(service(one, 8080) == "several")
        index.change(other, backends: [backend], to: [])
        index.change(web, backends: [backend], to: [])
        #expect(service(one, 8080) == "web")
        index.change(web, backends: [backend], to: [])
        #expect(service(one, 8080) == "none" && !index.current.isKnown(web))
    }
}
