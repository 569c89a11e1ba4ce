package import Logging
package import MetricSchema
package import Observability
import Synchronization

/// Packets, bytes and drops of every endpoint of this node, as HNS counts them.
///
/// The list of endpoints and the statistics of each are separate calls, so an endpoint can go in
/// between: that is no failure. An endpoint whose statistics cannot be read is left out, is said
/// once in the log, and stands in `unreadable`; with nobody readable the scrape fails.
package final class HNSCollector: Collector {
    package let name = CollectorName("hns")
    /// What it writes.
    static let metrics: [MetricDescriptor] = [
        Catalog.podPackets.descriptor, Catalog.podBytes.descriptor,
        Catalog.podDropPackets.descriptor, Catalog.nodeDropPackets.descriptor,
        Catalog.windowsEndpoints.descriptor, Catalog.windowsVanished.descriptor,
        Catalog.windowsUnreadable.descriptor,
    ]
    private static let reason = DropReason("hns_endpoint")

    private struct State {
        var ledger = CounterLedger<HNSCounter>()
        var unreadable: [HNSError] = []
        var unreadableValues: UInt64 = 0
        var vanished: UInt64 = 0
    }

    private let hns: any HNSTransport
    private let endpoints: EndpointReader
    private let writesNodeDrops: Bool
    private let log: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    /// `writesNodeDrops` is false where another collector has the node's drops of endpoints by reason:
    /// they would be counted twice.
    package init(
        _ hns: any HNSTransport, _ endpoints: EndpointReader, writesNodeDrops: Bool = true,
        log: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.hns = hns
        self.endpoints = endpoints
        self.writesNodeDrops = writesNodeDrops
        self.log = log
        self.now = now
    }

    /// What went wrong in the last scrape that succeeded all the same.
    package var unreadable: [HNSError] { state.withLock { $0.unreadable } }

    package func collect(into samples: inout SampleBuffer) throws {
        let reading = try read()
        let now = now()
        let (state, before) = state.withLock { state in
            for (endpoint, row) in reading.rows {
                state.ledger.add(row, of: endpoint.endpoint.key, owner: endpoint.owner, now: now)
            }
            state.ledger.forget(allBut: reading.listed, now: now)
            state.unreadableValues += reading.unreadable.count
            state.vanished += reading.vanished
            let before = state.unreadable
            state.unreadable = reading.errors
            return (state, before)
        }
        report(reading.errors, before: before)
        for (owner, lacking) in state.ledger.owners(at: now)
        where !reading.incomplete.contains(owner) {
            write(state.ledger, of: owner, lacking, to: &samples)
        }
        if writesNodeDrops {
            for direction in Direction.allCases {
                samples.add(
                    state.ledger.node(.drops(direction)), to: Catalog.nodeDropPackets, Self.reason,
                    direction)
            }
        }
        for rule in EndpointRule.allCases {
            samples.add(
                UInt64(reading.rules.count { $0 == rule }), to: Catalog.windowsEndpoints, rule)
        }
        samples.add(state.vanished, to: Catalog.windowsVanished)
        samples.add(state.unreadableValues, to: Catalog.windowsUnreadable, name)
    }

    private func write(
        _ ledger: CounterLedger<HNSCounter>, of owner: Identity, _ lacking: Set<Int>,
        to samples: inout SampleBuffer
    ) {
        let pod = PodLabel(owner)
        for direction in Direction.allCases {
            if let packets = ledger.total(.packets(direction), of: owner, lacking: lacking) {
                samples.add(packets, to: Catalog.podPackets, pod, direction)
            }
            if let bytes = ledger.total(.bytes(direction), of: owner, lacking: lacking) {
                samples.add(bytes, to: Catalog.podBytes, pod, direction)
            }
            if let drops = ledger.total(.drops(direction), of: owner, lacking: lacking) {
                samples.add(drops, to: Catalog.podDropPackets, pod, Self.reason, direction)
            }
        }
    }

    private func report(_ errors: [HNSError], before: [HNSError]) {
        if errors == before { return }
        if errors.isEmpty {
            log.info("all HNS endpoints can be read again")
        } else {
            log.warning(
                "HNS endpoints cannot be read",
                metadata: ["count": "\(errors.count)", "first": "\(errors[0])"])
        }
    }

    // MARK: Reading

    private struct Reading {
        var listed: Set<String> = []
        var rules: [EndpointRule] = []
        var rows: [(OwnedEndpoint, CounterRow<HNSCounter>)] = []
        var errors: [HNSError] = []
        var unreadable = UnreadableValues()
        var vanished: UInt64 = 0
        /// Owners of whom some endpoint could not be read: their sum would be wrong.
        var incomplete: Set<Identity> = []
    }

    private func read() throws -> Reading {
        let list = try endpoints.list(for: name)
        var reading = Reading()
        reading.listed = list.listed
        reading.errors = list.errors
        reading.unreadable = list.unreadable
        var failed: [(endpoint: OwnedEndpoint, error: HNSError)] = []
        for endpoint in list.endpoints {
            do {
                let fields = try hns.get("/endpointstats/\(endpoint.endpoint.id)")
                let row = try CounterRow(parsing: fields, noting: &reading.unreadable)
                reading.rows.append((endpoint, row))
                reading.rules.append(endpoint.rule)
            } catch {
                if error.isNotFound {
                    reading.vanished += 1
                } else {
                    failed.append((endpoint, error))
                }
            }
        }
        // HNS's own words for "gone" may differ by language and version, so a second list tells
        // gone from broken.
        if !failed.isEmpty, let present = try? endpoints.keys() {
            let all = failed.count
            failed.removeAll { !present.contains($0.endpoint.endpoint.key) }
            reading.vanished += UInt64(all - failed.count)
        }
        reading.errors += failed.map(\.error)
        reading.incomplete = Set(failed.map(\.endpoint.owner))
        if reading.rows.isEmpty, let first = reading.errors.first { throw first }
        return reading
    }
}
