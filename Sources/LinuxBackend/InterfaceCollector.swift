package import MetricSchema
package import Observability

/// The counters that network devices keep themselves, of the agent's own network namespace. Endpoints' links
/// are left out: what they carry is in the endpoints' own series.
package struct InterfaceCollector: Collector {
    package let name = CollectorName("interfaces")
    private let board: EndpointBoard
    private let links: @Sendable () throws -> [UInt8]
    private let speed: @Sendable (String) -> Double?

    /// `links` gives an answer to RTM_GETLINK, `speed` bytes per second of a device by name.
    package init(
        board: EndpointBoard, links: @escaping @Sendable () throws -> [UInt8],
        speed: @escaping @Sendable (String) -> Double?
    ) {
        self.board = board
        self.links = links
        self.speed = speed
    }

    package static func live(board: EndpointBoard) -> InterfaceCollector {
        InterfaceCollector(
            board: board, links: { try LiveNetlink().links(statistics: true) },
            speed: { name in
                // Megabits a second; -1 where the device does not know.
                guard let text = SmallFile.text("/sys/class/net/\(name)/speed"),
                    let megabits = Double(text),
                    megabits > 0
                else { return nil }
                return megabits * 125_000
            })
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let endpointLinks = Set(
            board.rows.filter { $0.identity != .node }.flatMap(\.links))
        for link in try Link.all(in: links()) where !endpointLinks.contains(link.name) {
            let interface = InterfaceName(link.name)
            samples.add(link.isUp ? 1 : 0 as UInt64, to: Catalog.interfaceUp, interface)
            if let speed = speed(link.name) {
                samples.add(speed, to: Catalog.interfaceSpeed, interface)
            }
            guard let counted = link.statistics else { continue }
            samples.add(counted.receivedPackets, to: Catalog.interfacePackets, interface, .ingress)
            samples.add(counted.sentPackets, to: Catalog.interfacePackets, interface, .egress)
            samples.add(counted.receivedBytes, to: Catalog.interfaceBytes, interface, .ingress)
            samples.add(counted.sentBytes, to: Catalog.interfaceBytes, interface, .egress)
            samples.add(counted.receiveErrors, to: Catalog.interfaceErrors, interface, .ingress)
            samples.add(counted.sendErrors, to: Catalog.interfaceErrors, interface, .egress)
            samples.add(counted.receiveDrops, to: Catalog.interfaceDrops, interface, .ingress)
            samples.add(counted.sendDrops, to: Catalog.interfaceDrops, interface, .egress)
        }
    }
}
