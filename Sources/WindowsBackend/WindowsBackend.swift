package import Logging
package import MetricSchema
package import Observability

/// Windows, of which so far only HNS is read.
package struct WindowsBackend: Backend {
    package let system = System.windows
    package let capabilities: [Capability]
    package let collectors: [any Collector]

    /// Asks HNS once, and so blocks. A system without HNS is no error: the capability is missing
    /// then, and its collector not there. An HNS that only does not answer now keeps its collector,
    /// which will say so.
    package init(_ hns: any HNSTransport, log: Logger) {
        let counters = Self.capability(of: hns)
        let known: [(collector: any Collector, needs: Capability)] = [
            (HNSCollector(EndpointReader(hns), log: log), needs: counters)
        ]
        capabilities = [counters]
        collectors = known.filter { $0.needs.missing == nil }.map(\.collector)
    }

    package static func live(log: Logger) -> WindowsBackend {
        WindowsBackend(LiveHNS(), log: log)
    }

    /// There is nothing to follow and nothing attached: every number is read when it is asked for.
    package func run() async {
        while (try? await Task.sleep(for: .seconds(3600))) != nil {}
    }

    private static func capability(of hns: any HNSTransport) -> Capability {
        var missing: String?
        do {
            _ = try hns.call("GET", "/endpoints/")
        } catch {
            if error.isPermanent { missing = "\(error)" }
        }
        return Capability(
            "hns endpoint counters", missing: missing,
            absentMetrics: missing == nil ? [] : HNSCollector.metrics.map(\.name))
    }
}
