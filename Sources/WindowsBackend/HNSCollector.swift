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
        Catalog.podDropPackets.descriptor,
        Catalog.nodeDropPackets.descriptor,
    ]
    private static let reason = DropReason("hns_endpoint")

    private struct State {
        var ledger = HNSLedger()
        var unreadable: [HNSError] = []
    }

    private let hns: any HNSTransport
    private let log: Logger
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    package init(
        _ hns: any HNSTransport, log: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.hns = hns
        self.log = log
        self.now = now
    }

    /// What went wrong in the last scrape that succeeded all the same.
    package var unreadable: [HNSError] { state.withLock { $0.unreadable } }

    package func collect(into samples: inout SampleBuffer) throws {
        let reading = try read()
        let now = now()
        let (ledger, before) = state.withLock { state in
            for (endpoint, stats) in reading.stats {
                state.ledger.add(stats, of: endpoint, now: now)
            }
            state.ledger.forget(allBut: reading.listed, now: now)
            let before = state.unreadable
            state.unreadable = reading.errors
            return (state.ledger, before)
        }
        report(reading.errors, before: before)
        for identity in ledger.identities(at: now).subtracting(reading.incomplete) {
            write(ledger[identity], of: PodLabel(identity), to: &samples)
        }
        for direction in Direction.allCases {
            samples.add(
                ledger.node[direction].drops, to: Catalog.nodeDropPackets, Self.reason, direction)
        }
    }

    private func write(_ stats: HNSEndpointStats, of pod: PodLabel, to samples: inout SampleBuffer)
    {
        for direction in Direction.allCases {
            let amount = stats[direction]
            samples.add(amount.packets, to: Catalog.podPackets, pod, direction)
            samples.add(amount.bytes, to: Catalog.podBytes, pod, direction)
            samples.add(amount.drops, to: Catalog.podDropPackets, pod, Self.reason, direction)
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
        var stats: [(HNSEndpoint, HNSEndpointStats)] = []
        var errors: [HNSError] = []
        /// Identities of which some endpoint could not be read: their sum would be wrong.
        var incomplete: Set<Identity> = []
    }

    private func read() throws(HNSError) -> Reading {
        let list = try endpoints()
        var reading = Reading()
        reading.listed = Set(list.endpoints.map(\.key))
        reading.errors = list.unreadable
        var failed: [(endpoint: HNSEndpoint, error: HNSError)] = []
        for endpoint in list.endpoints where endpoint.carriesTraffic {
            do {
                let path = "/endpointstats/\(endpoint.id)"
                reading.stats.append((endpoint, try HNSEndpointStats(parsing: hns.get(path))))
            } catch {
                if !error.isNotFound { failed.append((endpoint, error)) }
            }
        }
        // HNS's own words for "gone" may differ by language and version, so a second list tells
        // gone from broken.
        if !failed.isEmpty, let present = try? endpoints() {
            let keys = Set(present.endpoints.map(\.key))
            failed.removeAll { !keys.contains($0.endpoint.key) }
        }
        reading.errors += failed.map(\.error)
        reading.incomplete = Set(failed.map(\.endpoint.identity))
        if reading.stats.isEmpty, let first = reading.errors.first { throw first }
        return reading
    }

    private func endpoints() throws(HNSError) -> HNSEndpointList {
        try HNSEndpointList(parsing: hns.get("/endpoints/"))
    }
}
