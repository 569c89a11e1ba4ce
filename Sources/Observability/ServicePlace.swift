import Synchronization

/// Where an endpoint of a service is, and for whom it is meant. Endpoints that are alike share one object.
package final class ServicePlace: Sendable, Hashable {
    /// Empty where it is not known.
    package let zone: String
    /// Zones whose clients are to be sent there, in order; empty where nobody says.
    package let hints: [String]

    private init(zone: String, hints: [String]) {
        self.zone = zone
        self.hints = hints
    }

    package static let unknown = shared(zone: "")

    package static func shared(zone: String, hints: [String] = []) -> ServicePlace {
        let place = ServicePlace(zone: zone, hints: hints.sorted())
        // A few for each zone there ever was.
        return known.withLock { $0.insert(place).memberAfterInsert }
    }

    package static func == (one: ServicePlace, other: ServicePlace) -> Bool {
        one === other || one.zone == other.zone && one.hints == other.hints
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(zone)
        hasher.combine(hints)
    }

    private static let known = Mutex<Set<ServicePlace>>([])
}
