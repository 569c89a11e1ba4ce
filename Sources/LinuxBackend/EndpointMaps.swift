import Synchronization

/// A program's maps from namespaces and links to endpoints, changed from what they hold to what they should.
final class EndpointMaps: Sendable {
    private let namespaces: BPFMap
    private let links: BPFMap
    private let held = Mutex<(namespaces: [UInt32: UInt16], links: [UInt32: UInt16])>(([:], [:]))

    init(namespaces: BPFMap, links: BPFMap) {
        self.namespaces = namespaces
        self.links = links
    }

    func follow(_ places: EndpointPlaces) throws {
        try held.withLock { held in
            try Self.change(links, from: &held.links, to: places.links)
            try Self.change(
                namespaces, from: &held.namespaces, to: places.namespaces.mapValues(\.endpoint))
        }
    }

    private static func change(
        _ map: BPFMap, from old: inout [UInt32: UInt16], to new: [UInt32: UInt16]
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
