package import MetricSchema
package import Observability

/// Packets dropped by netfilter, by hook, for the node and for each endpoint.
package struct NetfilterDropCollector: Collector {
    package let name = CollectorName("netfilter-drops")
    private let board: EndpointBoard
    private let symbols: KernelSymbols
    private let read: @Sendable () throws -> (rows: [NetfilterDropRow], lost: UInt64)

    /// `read` gives what the drop program has counted so far.
    package init(
        board: EndpointBoard, symbols: KernelSymbols,
        read: @escaping @Sendable () throws -> (rows: [NetfilterDropRow], lost: UInt64)
    ) {
        self.board = board
        self.symbols = symbols
        self.read = read
    }

    private struct Place: Hashable {
        let identity: Identity?
        let place: NetfilterPlace
        let direction: Direction
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let (rows, lost) = try read()
        let identities = board.podIdentities
        let functions = symbols.names(for: Set(rows.map(\.kind.caller).filter { $0 != 0 }))
        var totals: [Place: UInt64] = [:]
        for row in rows {
            let place = functions[row.kind.caller].map(NetfilterPlace.init(caller:)) ?? .unknown
            let direction = row.kind.direction
            totals[Place(identity: nil, place: place, direction: direction), default: 0] +=
                row.packets
            if let endpoint = row.endpoint, let identity = identities[endpoint] {
                totals[Place(identity: identity, place: place, direction: direction), default: 0] +=
                    row.packets
            }
        }
        for (key, packets) in totals {
            if let identity = key.identity {
                samples.add(
                    packets, to: Catalog.podNetfilterDrops, PodLabel(identity), key.place.family,
                    key.place.hook, key.direction)
            } else {
                samples.add(
                    packets, to: Catalog.nodeNetfilterDrops, key.place.family, key.place.hook,
                    key.direction)
            }
        }
        samples.add(lost, to: Catalog.netfilterUndetailed)
    }
}
