package import Logging
package import MetricSchema
package import Observability

/// Windows: what HNS, VFP, the packet monitor, IP Helper, performance counters and events tell.
package struct WindowsBackend: Backend {
    package let system = System.windows
    package let capabilities: [Capability]
    package let collectors: [any Collector]
    private let endpoints: EndpointReader?
    /// Addresses are no collector's, and share the list like one.
    private static let addressReader = CollectorName("pod-addresses")
    private let stop: @Sendable () -> Void

    /// Asks every source once, and so blocks. A source that this system does not have is no error: the
    /// capability is missing then, and its collector not there. One that only does not answer now keeps
    /// its collector, which will say so.
    package init(
        _ transports: WindowsTransports, settings: WindowsSettings = WindowsSettings(),
        pods: @escaping @Sendable () -> [PodRecord] = { [] }, log: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        var parts = WindowsParts()
        let hns = parts.need(
            "hns endpoint counters", HNSCollector.metrics,
            WindowsParts.missing { _ = try transports.hns.call("GET", "/endpoints/") })
        let hyperV = parts.need(
            "hyper-v drop reasons", [], HyperVCollector.missing(transports.perf))
        let inventory: (any NetworkInventory)? =
            if hns {
                HNSInventory(transports.hns)
            } else if WindowsParts.missing({ _ = try transports.hcn.list(.networks) }) == nil {
                HCNInventory(transports.hcn)
            } else {
                nil
            }
        _ = parts.need(
            "hns networks and services", ServiceCollector.metrics,
            inventory == nil ? "neither version of HNS's API is there" : nil)
        endpoints = inventory.map { EndpointReader($0, pods: pods, now: now) }
        if let inventory, let endpoints {
            if hns {
                parts.collectors.append(
                    HNSCollector(
                        transports.hns, endpoints, writesNodeDrops: !hyperV, log: log,
                        now: now))
            }
            parts.collectors.append(ServiceCollector(inventory, endpoints))
            let vfp = VFPCollector(
                endpoints, transports.vfp, settings: settings, log: log, now: now)
            if parts.need("vfp port counters", VFPCollector.metrics, vfp.missing()) {
                parts.collectors.append(vfp)
            }
        } else {
            _ = parts.need("vfp port counters", VFPCollector.metrics, "no endpoints without HNS")
        }
        if hyperV { parts.collectors.append(HyperVCollector(transports.perf, now: now)) }
        let helper = WindowsParts.missing {
            _ = try transports.ipHelper.read(.interfaces, compartment: nil)
        }
        let helped = WindowsInterfaceCollector.metrics + WindowsStackCollector.metrics
        if parts.need("ip helper", helped, helper) {
            parts.collectors.append(WindowsInterfaceCollector(transports.ipHelper, now: now))
            parts.collectors.append(WindowsStackCollector(transports.ipHelper))
        }
        let session = PktmonSession(transports.pktmon, starts: settings.startsPktmon)
        if parts.need("pktmon counters", PktmonCollector.metrics, session.missing) {
            parts.collectors.append(PktmonCollector(transports.pktmon, now: now))
        }
        stop = { session.end() }
        if settings.readsPacketStream {
            let stream = PacketStreamCollector(transports.packets)
            let missing = WindowsParts.missing { try stream.poll() }
            if parts.need("packet monitor stream", PacketStreamCollector.metrics, missing) {
                parts.collectors.append(stream)
            }
        }
        let resolver = DNSClientCollector(transports.events)
        let listening = WindowsParts.missing { try resolver.poll() }
        if parts.need("dns client events", DNSClientCollector.metrics, listening) {
            parts.collectors.append(resolver)
        }
        capabilities = parts.capabilities
        collectors = parts.collectors
    }

    package var podAddresses: [PodName: IPAddress] {
        var found: [PodName: IPAddress] = [:]
        for one in (try? endpoints?.list(for: Self.addressReader).endpoints) ?? [] {
            let name = PodName(namespace: one.owner.namespace, pod: one.owner.pod)
            for address in one.endpoint.addresses
            where found[name].map({ address.isPreferred(to: $0) }) ?? true {
                found[name] = address
            }
        }
        return found
    }

    /// There is nothing to follow and nothing attached: every number is read when it is asked for.
    package func run() async {
        while (try? await Task.sleep(for: .seconds(3600))) != nil {}
        stop()
    }
}

/// What a backend is put together from.
struct WindowsParts {
    private(set) var capabilities: [Capability] = []
    var collectors: [any Collector] = []

    /// Whether it is there.
    mutating func need(_ name: String, _ metrics: [MetricDescriptor], _ missing: String?) -> Bool {
        capabilities.append(
            Capability(
                name, missing: missing, absentMetrics: missing == nil ? [] : metrics.map(\.name)))
        return missing == nil
    }

    /// Why a source will not answer as long as the agent runs; nil where it answers, or may yet.
    static func missing(_ call: () throws -> Void) -> String? {
        do {
            try call()
        } catch let error as HNSError {
            if error.isPermanent { return "\(error)" }
        } catch let error as WindowsCallError {
            if error.isPermanent { return "\(error)" }
        } catch {}
        return nil
    }
}
