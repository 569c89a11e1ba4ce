package import MetricSchema
import Synchronization

/// A short number for an identity, good for the life of the process.
package struct IdentityNumber: Hashable, Sendable {
    fileprivate let index: UInt32

    package static let world = IdentityNumber(index: 0)
    package static let node = IdentityNumber(index: 1)
}

/// Who is behind an endpoint's number or an address, now. Flows ask when they are reported and not when
/// they are scraped, so an address that passes to another pod never takes old packets along.
package final class IdentityIndex: Sendable {
    /// One state of the index; looking things up in it takes no lock.
    package struct View: Sendable {
        fileprivate var endpoints: [UInt16: IdentityNumber] = [:]
        fileprivate var addresses: [IPAddress: IdentityNumber] = [:]
        fileprivate var identities: [Identity] = [.world, .node]
        fileprivate var numbers: [Identity: IdentityNumber] = [.world: .world, .node: .node]
        fileprivate var retired: [IdentityNumber: ContinuousClock.Instant] = [:]

        /// Nil for a number that no endpoint has.
        package func identity(of endpoint: UInt16) -> IdentityNumber? {
            endpoints[endpoint]
        }

        package func identity(of address: IPAddress) -> IdentityNumber {
            addresses[address] ?? .world
        }

        package subscript(_ number: IdentityNumber) -> Identity {
            identities[Int(number.index)]
        }

        /// When its last endpoint went; nil while it is there.
        package func retirement(of number: IdentityNumber) -> ContinuousClock.Instant? {
            retired[number]
        }

        fileprivate mutating func number(for identity: Identity) -> IdentityNumber {
            if let number = numbers[identity] { return number }
            let number = IdentityNumber(index: UInt32(identities.count))
            identities.append(identity)
            numbers[identity] = number
            return number
        }

        fileprivate mutating func replace(endpoints all: [Endpoint], nodeAddresses: [IPAddress]) {
            let before = Set(endpoints.values)
            endpoints.removeAll(keepingCapacity: true)
            addresses.removeAll(keepingCapacity: true)
            for address in nodeAddresses { addresses[address] = .node }
            for endpoint in all {
                let number = number(for: endpoint.identity)
                endpoints[endpoint.number] = number
                retired[number] = nil
                for address in endpoint.addresses { addresses[address] = number }
            }
            let gone = before.subtracting(endpoints.values).subtracting([.node, .world])
            for number in gone where retired[number] == nil {
                retired[number] = .now
            }
        }
    }

    private let view = Mutex(View())

    package init() {}

    package var current: View { view.withLock { $0 } }

    /// Makes new endpoints known by their numbers, before they are counted for. Addresses stay whose they were
    /// until everything that is theirs is reported, and `update` is called.
    package func introduce(_ endpoints: [Endpoint]) {
        view.withLock { view in
            for endpoint in endpoints where view.endpoints[endpoint.number] == nil {
                view.endpoints[endpoint.number] = view.number(for: endpoint.identity)
            }
        }
    }

    /// Replaces what is known of endpoints and addresses. `nodeAddresses` are the host's own; where an
    /// endpoint has the same one, it is the endpoint's. For one caller at a time that knows them all, and has
    /// reported the flows of those that go: a flow of a number unknown by then is nobody's.
    package func update(endpoints: [Endpoint], nodeAddresses: [IPAddress]) {
        view.withLock { $0.replace(endpoints: endpoints, nodeAddresses: nodeAddresses) }
    }
}
