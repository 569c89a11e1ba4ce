import MetricSchema
import Observability

extension LiveLinuxBackend {
    /// The socket collector, where the kernel lists sockets; with endpoints' sockets, where we may enter their
    /// namespaces.
    static func sockets(
        _ settings: LinuxSettings, board: EndpointBoard, _ followers: inout [any EndpointFollower],
        _ capabilities: inout [Capability]
    ) -> [any Collector] {
        guard settings.sockets else { return [] }
        do {
            _ = try LiveSockets.census(roundTrips: settings.socketRoundTrips)
            capabilities.append(Capability("socket diagnosis"))
        } catch {
            capabilities.append(
                Capability(
                    "socket diagnosis", missing: "\(error)",
                    absentMetrics: Catalog.sockets.map(\.name)))
            return []
        }
        var survey: NamespaceSurvey<SocketCensus>?
        if settings.entersNamespaces {
            do {
                try NamespaceEntry.run(in: "/proc/thread-self/ns/net") {}
                let sockets = NamespaceSurvey<SocketCensus>.live(
                    settings,
                    read: { try LiveSockets.census(roundTrips: settings.socketRoundTrips) })
                followers.append(sockets)
                survey = sockets
                capabilities.append(Capability("endpoints' sockets"))
            } catch {
                capabilities.append(
                    Capability(
                        "endpoints' sockets", missing: "\(error)",
                        absentMetrics: Catalog.sockets.filter { $0.level == .local }.map(\.name)))
            }
        }
        return [
            SocketCollector(board: board, ports: settings.listenPorts, survey: survey) {
                try LiveSockets.census(roundTrips: settings.socketRoundTrips)
            }
        ]
    }

    /// What devices say beside the counters that all have.
    static func devices(_ settings: LinuxSettings, board: EndpointBoard) -> [any Collector] {
        var collectors: [any Collector] = []
        if settings.drivers { collectors.append(DriverCollector.live(board: board)) }
        let infiniband = InfiniBandCollector()
        if settings.infiniband, infiniband.isPresent { collectors.append(infiniband) }
        return collectors
    }
}
