import Glibc
import KernelABI
package import MetricSchema
import Synchronization

/// The DNS program in the kernel, called by the packet program from `init` to `deinit`.
package final class LiveDNSProgram: EndpointFollower {
    private let program: LiveBPFProgram
    private let packets: LivePacketProgram
    private let counters: BPFMap
    private let pending: BPFMap
    private let streams: BPFMap
    private let losses: BPFMap
    private let cpus: Int
    private let timeout: Duration
    /// Nil where names were not asked for.
    private let names: LiveDNSNames?
    /// Timeouts that the sweep found.
    private let swept = Mutex<[Asker: UInt64]>([:])

    private struct Asker: Hashable {
        let endpoint: UInt16
        let role: DNSRole
    }

    /// The packet program has to give it its packets, and so must be there, with ports.
    package init(
        _ settings: DNSSettings, packets: LivePacketProgram?, endpoints: Int, cpus: Int
    ) throws {
        guard let packets else { throw MissingPackets() }
        guard !packets.dnsPorts.isEmpty else { throw MissingTailCalls() }
        self.packets = packets
        self.cpus = cpus
        let timeout = Duration.seconds(settings.timeout)
        self.timeout = timeout
        program = try LiveBPFProgram(.dns) { object in
            try object.share(packets.program.map("handlers"))
            try object.share(packets.program.map("handoff"))
            try object.resize("dns_counters", to: endpoints)
            try object.resize("dns_pending", to: settings.pendingQueries)
            try object.resize("dns_streams", to: settings.streams)
            if settings.names { try object.resize("dns_names", to: settings.nameBufferBytes) }
            try object.set(dns_knobs(timeout: timeout, names: settings.names))
        }
        counters = try program.map("dns_counters")
        pending = try program.map("dns_pending")
        streams = try program.map("dns_streams")
        losses = try program.map("dns_losses")
        names =
            settings.names
            ? try LiveDNSNames(program.map("dns_names"), limit: settings.topNames) : nil
        let handlers = try packets.program.map("handlers")
        try handlers.set(FOVEA_HANDLER_DNS_STREAM.rawValue, to: program.program("fovea_dns_stream"))
        try handlers.set(FOVEA_HANDLER_DNS.rawValue, to: program.program("fovea_dns"))
    }

    deinit {
        _ = try? packets.program.map("handlers").remove(FOVEA_HANDLER_DNS.rawValue)
    }

    /// Its own, without those of the packet program.
    package var maps: [BPFMap] {
        program.maps.filter { $0.name != "handlers" && $0.name != "handoff" }
    }

    /// One endpoint's counters, with what the sweep found.
    package func counters(of endpoint: UInt16) throws -> DNSCounters {
        guard let raw = try counters.value(of: UInt32(endpoint), as: dns_counters.self) else {
            return DNSCounters()
        }
        var all = DNSCounters(raw)
        swept.withLock { swept in
            for role in DNSRole.allCases {
                all[role].timeouts += swept[Asker(endpoint: endpoint, role: role)] ?? 0
            }
        }
        return all
    }

    package func lost() throws -> DNSLosses {
        let undecoded = DNSLosses(names: names?.undecoded ?? 0)
        return try losses.perCPU(0, as: dns_losses.self, cpus: cpus).reduce(into: undecoded) {
            $0.queries += $1.untracked_queries
            $0.streams += $1.untracked_streams
            $0.names += $1.names
        }
    }

    /// Reads the names that came since the last time.
    package func readNames() throws {
        try names?.read()
    }

    package var wantsNames: Bool { names != nil }

    /// Counts by name of one endpoint in one role, as of the last reading.
    package func names(of endpoint: UInt16, _ role: DNSRole) -> DNSNameTable? {
        names?.table(of: endpoint, role)
    }

    /// Takes out queries that have waited for too long, and TCP connections that have been still for minutes:
    /// those are taken up again if anything comes. A response that comes meanwhile takes its query out itself,
    /// and counts it as timed out too; who takes it out counts it, so it is counted once.
    package func sweep() throws {
        let now = ContinuousClock.kernelNow
        var expired: [dns_pending_key] = []
        try pending.forEach(batch: 512) { key, value in
            let asked = value.loadUnaligned(as: dns_pending.self).asked
            if asked < now, Duration.nanoseconds(now - asked) > timeout {
                expired.append(key.loadUnaligned(as: dns_pending_key.self))
            }
        }
        for key in expired where try pending.remove(key) {
            guard let role = DNSRole(place: key.role) else { continue }
            swept.withLock { $0[Asker(endpoint: key.endpoint, role: role), default: 0] += 1 }
        }
        try removeStreams { stream, _ in
            stream.touched < now && Duration.nanoseconds(now - stream.touched) > Self.stillness
        }
    }

    private static let stillness = Duration.seconds(120)

    package func follow(_ places: EndpointPlaces) {}

    package func forget(_ endpoint: UInt16) {
        try? counters.set(UInt32(endpoint), to: dns_counters())
        var waiting: [dns_pending_key] = []
        try? pending.forEach(batch: 512) { key, _ in
            let key = key.loadUnaligned(as: dns_pending_key.self)
            if key.endpoint == endpoint { waiting.append(key) }
        }
        for key in waiting { _ = try? pending.remove(key) }
        try? removeStreams { _, key in key.endpoint == endpoint }
        swept.withLock { swept in
            for role in DNSRole.allCases { swept[Asker(endpoint: endpoint, role: role)] = nil }
        }
        names?.forget(endpoint)
    }

    private func removeStreams(where isMeant: (dns_stream, flow_key) -> Bool) throws {
        var meant: [flow_key] = []
        try streams.forEach(batch: 512) { key, value in
            let key = key.loadUnaligned(as: flow_key.self)
            if isMeant(value.loadUnaligned(as: dns_stream.self), key) { meant.append(key) }
        }
        for key in meant { try streams.remove(key) }
    }
}

private struct MissingPackets: Error, CustomStringConvertible {
    var description: String { "packet counting, which DNS messages are found by" }
}

private struct MissingTailCalls: Error, CustomStringConvertible {
    var description: String { "a kernel whose programs with functions can call others" }
}
