package import Logging
package import MetricSchema
package import Observability

/// Windows: what HNS, VFP, the packet monitor, IP Helper, performance counters and events tell.
package struct WindowsBackend: Backend {
    package let system = System.windows
    private let found: [Capability]
    package let collectors: [any Collector]
    private let endpoints: EndpointReader?
    private let naming: (any EndpointNaming)?
    private let podStacks: PodStackCollector?
    /// Addresses are no collector's, and share the list like one.
    private static let addressReader = CollectorName("pod-addresses")
    private let stop: @Sendable () -> Void

    /// Asks every source once, and so blocks. A source that this system does not have is no error: the
    /// capability is missing then, and its collector not there. One that only does not answer now keeps
    /// its collector, which will say so. `naming` knows the pods of endpoints.
    package init(
        _ transports: WindowsTransports, settings: WindowsSettings = WindowsSettings(),
        naming: (any EndpointNaming)? = nil, log: Logger,
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
        self.naming = naming
        endpoints = inventory.map { EndpointReader($0, pods: { naming?.pods ?? [] }, now: now) }
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
        podStacks = parts.podStacks(
            endpoints, helper == nil ? transports.ipHelper : nil, settings, log: log, now: now)
        let session = PktmonSession(transports.pktmon, starts: settings.startsPktmon)
        if parts.need("pktmon counters", PktmonCollector.metrics, session.missing) {
            parts.collectors.append(PktmonCollector(transports.pktmon, now: now))
        }
        stop = { session.end() }
        if settings.readsPacketStream { parts.packetStream(transports, now: now) }
        let resolver = DNSClientCollector(transports.events)
        let listening = WindowsParts.missing { try resolver.poll() }
        if parts.need("dns client events", DNSClientCollector.metrics, listening) {
            parts.collectors.append(resolver)
        }
        found = parts.capabilities
        collectors = parts.collectors
    }

    /// What containers' compartments give is known once one was read.
    package var capabilities: [Capability] {
        found + (podStacks.map { [$0.capability] } ?? [])
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

    /// There is nothing to follow and nothing attached: every number is read, and every endpoint named, when it is
    /// asked for.
    package func run() async {
        if let naming {
            // Nobody waits for them, and they would be kept for who does.
            for await _ in naming.changes { _ = naming.takeChanges() }
        }
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

    /// Nil where they cannot be read or are not asked for.
    mutating func podStacks(
        _ endpoints: EndpointReader?, _ helper: (any IPHelperTransport)?,
        _ settings: WindowsSettings, log: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant
    ) -> PodStackCollector? {
        if settings.compartments == 0 { return nil }
        guard let endpoints, let helper else {
            let missing = endpoints == nil ? "no endpoints without HNS" : "IP Helper"
            _ = need(PodStackCollector.capability, PodStackCollector.metrics, missing)
            return nil
        }
        let collector = PodStackCollector(
            endpoints, helper, compartments: settings.compartments, log: log, now: now)
        collectors.append(collector)
        return collector
    }

    /// By the API where the system has it, else by events.
    mutating func packetStream(
        _ transports: WindowsTransports, now: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        let sources = [
            PacketStreamCollector(transports.packets, transports.pktmon, now: now),
            PacketStreamCollector(transports.events, transports.pktmon, now: now),
        ]
        var reason: String?
        for source in sources {
            let missing = Self.missing { try source.poll() }
            if missing == nil {
                _ = need("packet monitor stream", PacketStreamCollector.metrics, nil)
                collectors.append(source)
                return
            }
            reason = reason ?? missing
        }
        _ = need("packet monitor stream", PacketStreamCollector.metrics, reason)
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
