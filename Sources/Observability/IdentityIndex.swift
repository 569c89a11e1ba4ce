package import MetricSchema
import Synchronization

/// A short number for an identity, never given to another.
package struct IdentityNumber: Hashable, Sendable {
    fileprivate let index: UInt32

    package static let world = IdentityNumber(index: 0)
    package static let node = IdentityNumber(index: 1)
    package static let translated = IdentityNumber(index: 2)
    package static let cluster = IdentityNumber(index: 3)
}

/// Where whoever has an address is.
package enum Whereabouts: Hashable, Sendable {
    case unknown
    /// On this node.
    case here
    case zone(String)
}

/// Which addresses that are nobody's may be somebody's whose name has not come yet.
package enum Newcomers: Sendable {
    case none
    /// Any, since it has not been said yet who is there.
    case anywhere
    /// Those that are close to addresses with names.
    case nearOthers
}

/// Whether an address is to get a name.
package enum Prospect: Sendable {
    /// It has one, or will hardly get one.
    case none
    /// Somebody had it a moment ago.
    case givenUp
    case open
}

/// Who is behind an endpoint's number or an address, now. Flows ask when they are reported and not when
/// they are scraped, so an address that passes to another pod never takes old packets along.
package final class IdentityIndex: Sendable {
    /// One state of the index; looking things up in it takes no lock.
    package struct View: Sendable {
        fileprivate struct Listing: Sendable {
            let number: IdentityNumber
            let zone: UInt16
        }

        fileprivate var endpoints: [UInt16: IdentityNumber] = [:]
        fileprivate var addresses: [IPAddress: IdentityNumber] = [:]
        fileprivate var identities: [IdentityNumber: Identity] = [
            .world: .world, .node: .node, .translated: .translated, .cluster: .cluster,
        ]
        fileprivate var next: UInt32 = 4
        fileprivate var numbers: [Identity: IdentityNumber] = [
            .world: .world, .node: .node, .translated: .translated, .cluster: .cluster,
        ]
        /// What the cluster says of addresses; an endpoint of this node knows its own better.
        fileprivate var directory: [IPAddress: Listing] = [:]
        /// Of the directory's addresses, by `Listing.zone`; the first is no zone.
        private var zones = [""]
        /// How many addresses in the directory an identity has.
        fileprivate var listings: [IdentityNumber: Int] = [:]
        fileprivate var retired: [IdentityNumber: ContinuousClock.Instant] = [:]
        /// Who a provisional identity turned out to be.
        fileprivate var renamed: [IdentityNumber: IdentityNumber] = [:]
        fileprivate var newcomers = Newcomers.none
        /// Prefixes of all addresses that ever were in the directory: few, since a cluster has few networks.
        fileprivate var networks: Set<IPAddress> = []
        /// When somebody last gave an address up.
        fileprivate var givenUp: [IPAddress: ContinuousClock.Instant] = [:]
        /// Another one after each change of who has which address.
        package fileprivate(set) var generation: UInt64 = 0
        /// Names for addresses that are nobody's, by the first address, for each prefix length; the longest first.
        private var ranges: [(length: Int, names: [IPAddress: IdentityNumber])] = []
        private var groups: [AddressGroup] = []
        private var podRanges: [AddressRange] = []

        /// Nil for a number that no endpoint has.
        package func identity(of endpoint: UInt16) -> IdentityNumber? {
            endpoints[endpoint]
        }

        package func identity(of address: IPAddress) -> IdentityNumber {
            addresses[address] ?? directory[address]?.number ?? range(of: address)
        }

        private func range(of address: IPAddress) -> IdentityNumber {
            for (length, names) in ranges {
                if let number = names[address.prefix(length)] { return number }
            }
            return .world
        }

        package func whereabouts(of address: IPAddress) -> Whereabouts {
            if addresses[address] != nil { return .here }
            guard let listing = directory[address], listing.zone > 0 else { return .unknown }
            return .zone(zones[Int(listing.zone)])
        }

        /// Whether the address is somebody's in particular.
        package func isNamed(_ address: IPAddress) -> Bool {
            addresses[address] != nil || directory[address] != nil
        }

        package func prospect(of address: IPAddress) -> Prospect {
            if newcomers == .none || isNamed(address) { return .none }
            if givenUp[address] != nil { return .givenUp }
            if newcomers == .anywhere || networks.contains(address.network) { return .open }
            return range(of: address) == .cluster ? .open : .none
        }

        /// Nil where the address is neither an endpoint's of this node nor the node's own.
        package func local(_ address: IPAddress) -> IdentityNumber? {
            addresses[address]
        }

        /// Somebody who is behind an address that is nobody's own is not the world: packets to a service stay here.
        package func identity(of peer: Peer) -> IdentityNumber {
            switch peer {
            case .address(let address): identity(of: address)
            case .behind(let address):
                addresses[address] ?? directory[address]?.number ?? .translated
            }
        }

        /// The world for one that is forgotten.
        package subscript(_ number: IdentityNumber) -> Identity {
            identities[current(number)] ?? .world
        }

        package func isForgotten(_ number: IdentityNumber) -> Bool {
            identities[current(number)] == nil
        }

        package var count: Int { identities.count }

        /// Who it turned out to be by now; mostly the same.
        package func current(_ number: IdentityNumber) -> IdentityNumber {
            renamed[number] ?? number
        }

        /// When its last endpoint went; nil while it is there.
        package func retirement(of number: IdentityNumber) -> ContinuousClock.Instant? {
            retired[number]
        }

        /// An address of each pod that is there: of several the lowest, IPv4 before IPv6.
        package var podAddresses: [PodName: IPAddress] {
            var found: [PodName: IPAddress] = [:]
            func add(_ address: IPAddress, _ number: IdentityNumber) {
                let identity = self[number]
                if identity.pod.contains(":") { return }
                let name = PodName(namespace: identity.namespace, pod: identity.pod)
                if let other = found[name], other.isPreferred(to: address) { return }
                found[name] = address
            }
            for (address, number) in addresses { add(address, number) }
            for (address, listing) in directory where addresses[address] == nil {
                add(address, listing.number)
            }
            return found
        }

        fileprivate mutating func number(for identity: Identity) -> IdentityNumber {
            if let number = numbers[identity] { return number }
            let number = IdentityNumber(index: next)
            next += 1
            identities[number] = identity
            numbers[identity] = number
            return number
        }

        fileprivate mutating func replace(endpoints all: [Endpoint], nodeAddresses: [IPAddress]) {
            let before = Set(endpoints.values)
            let held = addresses.keys
            generation += 1
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
            for address in held { giveUp(address) }
        }

        fileprivate mutating func change(_ names: [IPAddress: Identity?]) {
            generation += 1
            for (address, identity) in names {
                let before = directory.removeValue(forKey: address)?.number
                if let identity {
                    networks.insert(address.network)
                    let number = number(for: identity)
                    directory[address] = Listing(number: number, zone: place(of: identity.zone))
                    listings[number, default: 0] += 1
                    retired[number] = nil
                }
                guard let before else { continue }
                giveUp(address)
                listings[before, default: 0] -= 1
                if listings[before] == 0 {
                    listings[before] = nil
                    retire(before)
                }
            }
        }

        /// A cluster has few.
        private mutating func place(of zone: String) -> UInt16 {
            if let place = zones.firstIndex(of: zone) { return UInt16(place) }
            if zones.count > UInt16.max { return 0 }
            zones.append(zone)
            return UInt16(zones.count - 1)
        }

        fileprivate mutating func group(_ groups: [AddressGroup]) {
            self.groups = groups
            nameRanges()
        }

        fileprivate mutating func replace(podRanges: [AddressRange]) {
            if podRanges == self.podRanges { return }
            self.podRanges = podRanges
            generation += 1
            nameRanges()
        }

        /// Of one range with two names a group's counts.
        private mutating func nameRanges() {
            let all =
                groups.map { ($0.range, number(for: .group($0.name))) }
                + podRanges.map { ($0, .cluster) }
            ranges = Dictionary(grouping: all, by: \.0.prefixLength).sorted { $0.key > $1.key }
                .map { length, names in
                    let names = names.map { ($0.0.first, $0.1) }
                    return (length, Dictionary(names, uniquingKeysWith: { first, _ in first }))
                }
        }

        fileprivate mutating func expect(_ newcomers: Newcomers) {
            if newcomers == self.newcomers { return }
            generation += 1
            self.newcomers = newcomers
        }

        /// Where nobody has the address any more.
        private mutating func giveUp(_ address: IPAddress) {
            if newcomers != .none, !isNamed(address) { givenUp[address] = .now }
        }

        fileprivate mutating func forget(retiredBefore cutoff: ContinuousClock.Instant) {
            let longAgo = ContinuousClock.now - IdentityIndex.rest
            if givenUp.contains(where: { $0.value <= longAgo }) {
                givenUp = givenUp.filter { $0.value > longAgo }
            }
            let present = Set(endpoints.values)
            for (number, since) in retired
            where since <= cutoff && listings[number] == nil && !present.contains(number) {
                retired[number] = nil
                renamed[number] = nil
                if let identity = identities.removeValue(forKey: number) { numbers[identity] = nil }
            }
        }

        /// Where nothing has the identity any more.
        private mutating func retire(_ number: IdentityNumber) {
            if listings[number] == nil, !endpoints.values.contains(number), retired[number] == nil {
                retired[number] = .now
            }
        }
    }

    /// For so long nobody else's name is waited for at an address that was somebody's.
    static let rest = Duration.seconds(60)

    private let view = Mutex(View())

    /// `groups` are names for peers that are nobody here and in the cluster.
    package init(groups: [AddressGroup] = []) {
        view.withLock { $0.group(groups) }
    }

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

    /// Says who of those that have no name is to get one.
    package func expect(_ newcomers: Newcomers) {
        view.withLock { $0.expect(newcomers) }
    }

    /// Ranges that nodes give their pods addresses from: who is in one and has no name is not the world.
    package func change(podRanges: [AddressRange]) {
        view.withLock { $0.replace(podRanges: podRanges) }
    }

    /// Lets go of identities that nobody has had since then, so that there are as many as there are pods and not as
    /// there ever were. Whoever keeps numbers lets go of them first.
    package func forget(retiredBefore cutoff: ContinuousClock.Instant) {
        view.withLock { $0.forget(retiredBefore: cutoff) }
    }

    /// Replaces what is known of endpoints and addresses. `nodeAddresses` are the host's own; where an
    /// endpoint has the same one, it is the endpoint's. For one caller at a time that knows them all, and has
    /// reported the flows of those that go: a flow of a number unknown by then is nobody's.
    package func update(endpoints: [Endpoint], nodeAddresses: [IPAddress]) {
        view.withLock { $0.replace(endpoints: endpoints, nodeAddresses: nodeAddresses) }
    }
}

extension IPAddress {
    /// Where a cluster has one address it has others: what is commonly given to all of a cluster's or a site's nodes.
    var network: IPAddress { prefix(isV4 ? 96 + 16 : 48) }
}
