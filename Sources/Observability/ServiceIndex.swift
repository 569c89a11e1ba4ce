package import MetricSchema
import Synchronization

/// Which service is behind an address: its own, or an endpoint's with its port.
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

    package enum Answer: Equatable, Sendable {
        case none
        case service(Service)
        /// An endpoint of several, and which of them was meant cannot be told.
        case several
    }

    /// One state of the index.
    package struct View: Sendable {
        fileprivate var addresses: [IPAddress: Service] = [:]
        fileprivate var backends: [Backend: [Service]] = [:]
        fileprivate var services: [ServiceLabel: (service: Service, uses: Int)] = [:]

        package var isEmpty: Bool { addresses.isEmpty && backends.isEmpty }

        package func service(at address: IPAddress, port: UInt16) -> Answer {
            if let service = addresses[address] { return .service(service) }
            guard let all = backends[Backend(address: address, port: port)], let first = all.first
            else { return .none }
            return all.allSatisfy { $0 == first } ? .service(first) : .several
        }

        package func isKnown(_ label: ServiceLabel) -> Bool { services[label] != nil }

        fileprivate mutating func hold(_ label: ServiceLabel) -> Service {
            let known = services[label] ?? (Service(label), 0)
            services[label] = (known.service, known.uses + 1)
            return known.service
        }

        fileprivate mutating func release(_ label: ServiceLabel) {
            guard let known = services[label] else { return }
            services[label] = known.uses > 1 ? (known.service, known.uses - 1) : nil
        }
    }

    private let view = Mutex(View())

    package init() {}

    package var current: View { view.withLock { $0 } }

    /// Changes the cluster addresses of a service from some to others.
    package func change(
        _ label: ServiceLabel, addresses before: [IPAddress], to after: [IPAddress]
    ) {
        view.withLock { view in
            for address in after { view.addresses[address] = view.hold(label) }
            for address in before {
                view.release(label)
                // Another service may have it by now.
                if !after.contains(address), view.addresses[address]?.label == label {
                    view.addresses[address] = nil
                }
            }
        }
    }

    /// Changes the endpoints of one of its slices; the same endpoint may be in several.
    package func change(_ label: ServiceLabel, backends before: [Backend], to after: [Backend]) {
        view.withLock { view in
            for backend in after { view.backends[backend, default: []].append(view.hold(label)) }
            for backend in before {
                view.release(label)
                guard var all = view.backends.removeValue(forKey: backend) else { continue }
                if let place = all.firstIndex(where: { $0.label == label }) {
                    all.remove(at: place)
                }
                if !all.isEmpty { view.backends[backend] = all }
            }
        }
    }
}
