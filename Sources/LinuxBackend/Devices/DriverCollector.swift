package import MetricSchema
package import Observability

/// What drivers say of their devices beside the counters that all have. Of the agent's own network namespace;
/// endpoints' links and loopback devices are left out.
package struct DriverCollector: Collector {
    package struct Answer: Sendable {
        package let statistics: DriverStatistics?
        package let rings: RingSizes?

        package init(statistics: DriverStatistics?, rings: RingSizes?) {
            self.statistics = statistics
            self.rings = rings
        }
    }

    package let name = CollectorName("drivers")
    private let board: EndpointBoard
    private let links: @Sendable () throws -> [UInt8]
    private let ask: @Sendable (String) throws -> Answer

    /// `links` gives an answer to RTM_GETLINK, `ask` what a device's driver says.
    package init(
        board: EndpointBoard, links: @escaping @Sendable () throws -> [UInt8],
        ask: @escaping @Sendable (String) throws -> Answer
    ) {
        self.board = board
        self.links = links
        self.ask = ask
    }

    package static func live(board: EndpointBoard) -> DriverCollector {
        DriverCollector(board: board) {
            try LiveNetlink().links(statistics: false)
        } ask: { device in
            let ethtool = try LiveEthtool()
            return Answer(
                statistics: try ethtool.statistics(of: device), rings: try ethtool.rings(of: device)
            )
        }
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let endpointLinks = Set(
            board.rows.filter { $0.identity != .node }.flatMap(\.links))
        for link in try Link.all(in: links())
        where !endpointLinks.contains(link.name) && !link.isLoopback {
            let answer = try ask(link.name)
            let interface = InterfaceName(link.name)
            for (name, count) in answer.statistics?.errors ?? [] {
                samples.add(
                    count, to: Catalog.driverErrors, interface, DriverStatisticName(name))
            }
            guard let rings = answer.rings else { continue }
            samples.add(UInt64(rings.receive), to: Catalog.ringEntries, interface, .ingress)
            samples.add(UInt64(rings.send), to: Catalog.ringEntries, interface, .egress)
            samples.add(UInt64(rings.receiveLimit), to: Catalog.ringLimit, interface, .ingress)
            samples.add(UInt64(rings.sendLimit), to: Catalog.ringLimit, interface, .egress)
        }
    }
}
