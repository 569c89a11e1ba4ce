import MetricSchema
import Observability

@testable import LinuxBackend

/// Sockets and devices of the node in the golden.
extension NodeGoldenTests {
    static func sockets(_ board: EndpointBoard) throws -> SocketCollector {
        var census = try SocketTests.census(Recording(kernel: "6.12"))
        for roundTrip in [UInt32(90), 4_000, 30_000] { try SocketTests.add(roundTrip, to: &census) }
        let counted = census
        let survey = NamespaceSurvey<SocketCensus>(interval: .zero, budget: .seconds(9)) { _, _ in
            counted
        }
        var places = EndpointPlaces()
        places.namespaces[1] = .init(endpoint: 3, path: "blue")
        survey.follow(places)
        return SocketCollector(board: board, ports: 2, survey: survey) { counted }
    }

    /// br0's driver lost some, the others have nothing to say.
    static func drivers(_ board: EndpointBoard) throws -> DriverCollector {
        let blocks = DriverStatisticsTests.blocks([
            ("rx_packets", 900), ("rx_queue_0_drops", 2), ("rx_queue_1_drops", 3),
        ])
        let answer = DriverCollector.Answer(
            statistics: try DriverStatistics(strings: blocks.strings, values: blocks.values),
            rings: try RingSizes(
                parsing: [16, 4096, 0, 0, 4096, 256, 0, 0, 512].flatMap {
                    NetlinkBytes.bytes(UInt32($0))
                }))
        return DriverCollector(board: board) {
            try Fixture.netlink("links")
        } ask: { device in
            device == "br0" ? answer : .init(statistics: nil, rings: nil)
        }
    }
}
