package import MetricSchema
import Synchronization

/// Which service is behind an address: its own, or an endpoint's with its port.
///
/// What a service gives up may have to wait for a reading of what was counted until then (`defersDepartures`), and so does
/// what comes after it.
package final class ServiceIndex: Sendable {
    /// A service, known by one object for as long as anything of it is known.
    package final class Service: Sendable, Hashable {
        package let label: ServiceLabel

        package init(_ label: ServiceLabel) { self.label = label }

        package static func == (one: Service, other: Service) -> Bool { one === other }
        package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
    }

    package struct Backend: Hashable, Sendable {
        package let address: IPAddress
        package let port: UInt16

        package init(address: IPAddress, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    /// A backend, and where it is.
    package struct Endpoint: Hashable, Sendable {
        package let backend: Backend
        package let place: ServicePlace

        package init(address: IPAddress, port: UInt16, place: ServicePlace = .unknown) {
            backend = Backend(address: address, port: port)
            self.place = place
        }
    }

    package enum Answer: Equatable, Sendable {
        case none
        case service(Service)
        /// An endpoint of several, and which of them was meant cannot be told.
        case several
    }

    fileprivate enum Change {
        case addresses(ServiceLabel, before: [IPAddress], after: [IPAddress])
        case endpoints(ServiceLabel, before: [Endpoint], after: [Endpoint])
    }

    private struct State {
        var view = View()
        var defers = false
        var waiting: [Change] = []

        mutating func take(_ change: Change) {
            if defers, !waiting.isEmpty || view.takesSomething(change) {
                waiting.append(change)
            } else {
                view.apply(change)
            }
        }
    }

    private let state = Mutex(State())

    package init() {}

    package var current: View { state.withLock { $0.view } }

    /// Changes the cluster addresses of a service from some to others.
    package func change(
        _ label: ServiceLabel, addresses before: [IPAddress], to after: [IPAddress]
    ) {
        state.withLock { $0.take(.addresses(label, before: before, after: after)) }
    }

    /// Changes the endpoints of one of its slices; the same endpoint may be in several.
    package func change(
        _ label: ServiceLabel, endpoints before: [Endpoint], to after: [Endpoint]
    ) {
        state.withLock { $0.take(.endpoints(label, before: before, after: after)) }
    }

    /// Says which addresses that are no service's may be one whose name has not come yet.
    package func expect(_ newcomers: Newcomers) {
        state.withLock { state in
            state.view.newcomers = newcomers
            state.view.generation += 1
        }
    }

    // MARK: Departures

    /// From now on what a service gives up is its own until `letGo`.
    package func defersDepartures() {
        state.withLock { $0.defers = true }
    }

    /// How many changes wait. Ask before reading what was counted until then.
    package var departures: Int { state.withLock { $0.waiting.count } }

    /// Makes the first so many of them, and those after it that need not wait any longer.
    package func letGo(_ count: Int) {
        if count == 0 { return }
        state.withLock { state in
            let rest = state.waiting.dropFirst(count)
            for change in state.waiting.prefix(count) { state.view.apply(change) }
            state.waiting = []
            for change in rest { state.take(change) }
        }
    }

    // MARK: One state of it

    package struct View: Sendable {
        private struct Listing: Sendable {
            let service: Service
            let port: UInt16
            let place: ServicePlace
        }

        private var addresses: [IPAddress: Service] = [:]
        private var endpoints: [IPAddress: [Listing]] = [:]
        private var services: [ServiceLabel: (service: Service, uses: Int)] = [:]
        fileprivate var newcomers = Newcomers.none
        /// Prefixes of all cluster addresses that ever were: one or two.
        private var networks: Set<IPAddress> = []
        /// When a service last gave a cluster address up.
        private var givenUp: [IPAddress: ContinuousClock.Instant] = [:]
        /// Another one after each change.
        package fileprivate(set) var generation: UInt64 = 0

        package var isEmpty: Bool { addresses.isEmpty && endpoints.isEmpty }

        /// Nothing is known, and nobody waits to know.
        package var isIdle: Bool { isEmpty && newcomers == .none }

        package func service(at address: IPAddress, port: UInt16) -> Answer {
            if let service = addresses[address] { return .service(service) }
            var found: Service?
            for listing in endpoints[address] ?? [] where listing.port == port {
                if let found, found != listing.service { return .several }
                found = listing.service
            }
            return found.map { .service($0) } ?? .none
        }

        package func isKnown(_ label: ServiceLabel) -> Bool { services[label] != nil }

        /// Whether an address that is no service's is to become one's. Once all services are known that is a cluster
        /// address, which has been its service's from the beginning; an endpoint was not before it is said to be one.
        package func mayBecomeKnown(_ address: IPAddress) -> Bool {
            switch newcomers {
            case .none: false
            case .anywhere: givenUp[address] == nil
            case .nearOthers: networks.contains(address.network) && givenUp[address] == nil
            }
        }

        /// Where that endpoint of the service is; nil where it is none of its endpoints.
        package func place(of address: IPAddress, in service: Service) -> ServicePlace? {
            endpoints[address]?.first { $0.service == service }?.place
        }

        /// The zone of whoever has the address, as far as that is an endpoint of any service.
        package func zone(of address: IPAddress) -> String? {
            endpoints[address]?.first { !$0.place.zone.isEmpty }?.place.zone
        }

        /// Whether it leaves anything to nobody, or to somebody else.
        fileprivate func takesSomething(_ change: Change) -> Bool {
            switch change {
            case .addresses(let label, let before, let after):
                !Set(before).isSubset(of: after)
                    || after.contains { addresses[$0].map { $0.label != label } ?? false }
            case .endpoints(_, let before, let after):
                !Set(before.map(\.backend)).isSubset(of: after.map(\.backend))
            }
        }

        fileprivate mutating func apply(_ change: Change) {
            generation += 1
            switch change {
            case .addresses(let label, let before, let after):
                for address in after {
                    networks.insert(address.network)
                    givenUp[address] = nil
                    addresses[address] = hold(label)
                }
                for address in before {
                    release(label)
                    // Another service may have it by now.
                    if !after.contains(address), addresses[address]?.label == label {
                        addresses[address] = nil
                        giveUp(address)
                    }
                }
            case .endpoints(let label, let before, let after):
                for endpoint in after {
                    endpoints[endpoint.backend.address, default: []].append(
                        Listing(
                            service: hold(label), port: endpoint.backend.port,
                            place: endpoint.place))
                }
                for endpoint in before {
                    release(label)
                    remove(endpoint, of: label)
                }
            }
        }

        private mutating func remove(_ endpoint: Endpoint, of label: ServiceLabel) {
            let address = endpoint.backend.address
            guard var all = endpoints.removeValue(forKey: address) else { return }
            let place = all.firstIndex {
                $0.port == endpoint.backend.port && $0.place == endpoint.place
                    && $0.service.label == label
            }
            if let place { all.remove(at: place) }
            if !all.isEmpty { endpoints[address] = all }
        }

        private mutating func giveUp(_ address: IPAddress) {
            let now = ContinuousClock.now
            givenUp = givenUp.filter { now - $0.value <= IdentityIndex.rest }
            givenUp[address] = now
        }

        private mutating func hold(_ label: ServiceLabel) -> Service {
            let known = services[label] ?? (Service(label), 0)
            services[label] = (known.service, known.uses + 1)
            return known.service
        }

        private mutating func release(_ label: ServiceLabel) {
            guard let known = services[label] else { return }
            services[label] = known.uses > 1 ? (known.service, known.uses - 1) : nil
        }
    }
}
