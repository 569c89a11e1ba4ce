package import MetricSchema
import Synchronization

/// A short number for an identity, good for the life of the process.
package struct IdentityNumber: Hashable, Sendable {
    fileprivate let index: UInt32

    package static let world = IdentityNumber(index: 0)
    package static let node = IdentityNumber(index: 1)
    package static let translated = IdentityNumber(index: 2)
}

/// Who is behind an endpoint's number or an address, now. Flows ask when they are reported and not when
/// they are scraped, so an address that passes to another pod never takes old packets along.
package final class IdentityIndex: Sendable {
    /// One state of the index; looking things up in it takes no lock.
    package struct View: Sendable {
        fileprivate var endpoints: [UInt16: IdentityNumber] = [:]
        fileprivate var addresses: [IPAddress: IdentityNumber] = [:]
        fileprivate var identities: [Identity] = [.world, .node, .translated]
        fileprivate var numbers: [Identity: IdentityNumber] = [
            .world: .world, .node: .node, .translated: .translated,
        ]
        /// What the cluster says of addresses; an endpoint of this node knows its own better.
        fileprivate var directory: [IPAddress: IdentityNumber] = [:]
        /// How many addresses in the directory an identity has.
        fileprivate var listings: [IdentityNumber: Int] = [:]
        fileprivate var retired: [IdentityNumber: ContinuousClock.Instant] = [:]
        /// Who a provisional identity turned out to be.
        fileprivate var renamed: [IdentityNumber: IdentityNumber] = [:]

        /// Nil for a number that no endpoint has.
        package func identity(of endpoint: UInt16) -> IdentityNumber? {
            endpoints[endpoint]
        }

        package func identity(of address: IPAddress) -> IdentityNumber {
            addresses[address] ?? directory[address] ?? .world
        }

        /// Nil where the address is neither an endpoint's of this node nor the node's own.
        package func local(_ address: IPAddress) -> IdentityNumber? {
            addresses[address]
        }

        /// Somebody who is behind an address that is nobody's own is not the world: packets to a service stay here.
        package func identity(of peer: Peer) -> IdentityNumber {
            switch peer {
            case .address(let address): identity(of: address)
            case .behind(let address): addresses[address] ?? directory[address] ?? .translated
            }
        }

        package subscript(_ number: IdentityNumber) -> Identity {
            identities[Int(current(number).index)]
        }

        /// Who it turned out to be by now; mostly the same.
        package func current(_ number: IdentityNumber) -> IdentityNumber {
            renamed[number] ?? number
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
                if endpoint.provisional == endpoint.identity {
                    renamed[number] = nil
                } else if let provisional = numbers[endpoint.provisional] {
                    renamed[provisional] = number
                }
            }
            let gone = before.subtracting(endpoints.values).subtracting([.node, .world])
            for number in gone { retire(number) }
        }

        fileprivate mutating func change(_ names: [IPAddress: Identity?]) {
            for (address, identity) in names {
                let before = directory.removeValue(forKey: address)
                if let identity {
                    let number = number(for: identity)
                    directory[address] = number
                    listings[number, default: 0] += 1
                    retired[number] = nil
                }
                guard let before else { continue }
                listings[before, default: 0] -= 1
                if listings[before] == 0 {
                    listings[before] = nil
                    retire(before)
                }
            }
        }

        /// Where nothing has the identity any more.
        private mutating func retire(_ number: IdentityNumber) {
            if listings[number] == nil, !endpoints.values.contains(number), retired[number] == nil {
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

    /// Names addresses of the cluster, or takes their names back; nil is nobody. Flows reported until then stay
    /// with who had the address until then.
    package func change(directory names: [IPAddress: Identity?]) {
        view.withLock { $0.change(names) }
    }

    /// Replaces what is known of endpoints and addresses. `nodeAddresses` are the host's own; where an
    /// endpoint has the same one, it is the endpoint's. For one caller at a time that knows them all, and has
    /// reported the flows of those that go: a flow of a number unknown by then is nobody's.
    package func update(endpoints: [Endpoint], nodeAddresses: [IPAddress]) {
        view.withLock { $0.replace(endpoints: endpoints, nodeAddresses: nodeAddresses) }
    }
}
