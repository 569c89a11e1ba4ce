package import Observability

/// Which of the other nodes has which of the places that latencies are kept in. A node keeps its place for as long as
/// it is there. Then its series go on for their grace, and only a while after that may another have the place: so no
/// scrape finds one node's numbers under another's name, or gone back.
package struct PeerNodePlaces: Sendable {
    package struct Place: Sendable, Equatable {
        package let number: Int
        package let name: String
        /// None once the node is gone.
        package fileprivate(set) var addresses: [IPAddress]
        fileprivate var retired: ContinuousClock.Instant?
    }

    /// A node is known by the first of its addresses.
    package static let addressesOfNode = 8
    /// Longer than any scrape.
    private static let rest = Duration.seconds(60)

    private let capacity: Int
    /// By number.
    private var places: [Int: Place] = [:]
    /// Nodes that found no place.
    package private(set) var unplaced = 0

    package init(capacity: Int) {
        self.capacity = capacity
    }

    /// Those of nodes that are there, by number.
    package var present: [Place] {
        places.values.filter { $0.retired == nil }.sorted { $0.number < $1.number }
    }

    /// Those whose series are written: also of nodes that left not long ago.
    package func shown(at now: ContinuousClock.Instant) -> [Place] {
        places.values.filter { $0.retired.map { now < $0 + SeriesLifetime.grace } ?? true }
            .sorted { $0.number < $1.number }
    }

    /// The place that an address is watched for.
    package var watched: [IPAddress: Int] {
        present.reduce(into: [:]) { watched, place in
            for address in place.addresses { watched[address] = place.number }
        }
    }

    /// Takes up what nodes there are now, and returns the places that begin anew.
    package mutating func follow(_ nodes: [PeerNode], now: ContinuousClock.Instant) -> [Int] {
        let addresses = Dictionary(grouping: nodes, by: \.name)
            .mapValues { $0.prefix(Self.addressesOfNode).map(\.address) }
        for (number, place) in places {
            let found = addresses[place.name]
            places[number]?.addresses = found ?? []
            places[number]?.retired = found == nil ? place.retired ?? now : nil
        }
        let placed = Set(places.values.map(\.name))
        var free = (0..<capacity).filter { isFree($0, at: now) }[...]
        var fresh: [Int] = []
        unplaced = 0
        for (name, addresses) in addresses.sorted(by: { $0.key < $1.key })
        where !placed.contains(name) {
            guard let number = free.popFirst() else {
                unplaced += 1
                continue
            }
            places[number] = Place(number: number, name: name, addresses: addresses)
            fresh.append(number)
        }
        return fresh
    }

    private func isFree(_ number: Int, at now: ContinuousClock.Instant) -> Bool {
        guard let place = places[number] else { return true }
        return place.retired.map { $0 + SeriesLifetime.grace + Self.rest <= now } ?? false
    }
}
