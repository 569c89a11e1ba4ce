import Observability
import Synchronization

/// A program's maps from namespaces and links to endpoints, changed from what they hold to what they should.
final class EndpointMaps: Sendable {
    private let namespaces: BPFMap
    private let links: BPFMap?
    private let addresses: BPFMap?
    private let held = Mutex(Held())

    private struct Held {
        var namespaces: [UInt32: UInt16] = [:]
        var links: [UInt32: UInt16] = [:]
        var addresses: [SIMD2<UInt64>: UInt16] = [:]
    }

    /// Without `links` for a program that goes by namespaces alone; `addresses` is for programs that look at
    /// packets where interfaces do not say whose they are.
    init(namespaces: BPFMap, links: BPFMap? = nil, addresses: BPFMap? = nil) {
        self.namespaces = namespaces
        self.links = links
        self.addresses = addresses
    }

    func follow(_ places: EndpointPlaces) throws {
        try held.withLock { held in
            if let links { try Self.change(links, from: &held.links, to: places.links) }
            try Self.change(
                namespaces, from: &held.namespaces, to: places.namespaces.mapValues(\.endpoint))
            guard let addresses else { return }
            let wanted = places.addresses.prefix(addresses.entries).map {
                ($0.networkOrder, $1)
            }
            try Self.change(
                addresses, from: &held.addresses, to: Dictionary(uniqueKeysWithValues: wanted))
        }
    }

    private static func change<Key: Hashable & BitwiseCopyable>(
        _ map: BPFMap, from old: inout [Key: UInt16], to new: [Key: UInt16]
    ) throws {
        for key in old.keys where new[key] == nil {
            try map.remove(key)
            old[key] = nil
        }
        for (key, endpoint) in new where old[key] != endpoint {
            try map.set(key, to: UInt32(endpoint))
            old[key] = endpoint
        }
    }
}

extension IPAddress {
    /// As it lies in a packet, IPv4 behind ::ffff.
    fileprivate var networkOrder: SIMD2<UInt64> { [high.bigEndian, low.bigEndian] }
}
