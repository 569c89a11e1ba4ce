import MetricSchema
import Observability

/// What clients had of one service, or of a server that may turn out to be one's.
struct ServiceAccount {
    private struct Way: Hashable {
        let place: ServicePlace
        let direction: Direction
    }

    private struct Row: Hashable {
        let zone: String
        let hints: ZoneHints
        let direction: Direction
    }

    private(set) var traffic: [Direction: FlowLedger.Amount] = [:]
    /// Bytes, where it is known who answered and where that is.
    private var placed: [Way: UInt64] = [:]
    private var established: UInt64 = 0
    private var failed: [TCPFailure: UInt64] = [:]
    /// Empty while there are none.
    private var latencies: [UInt64] = []
    private var nanoseconds: UInt64 = 0

    /// With an endpoint that is there, as far as that is known.
    mutating func add(
        _ amount: FlowLedger.Amount, _ direction: Direction, at place: ServicePlace? = nil
    ) {
        traffic[direction, default: .init()] += amount
        guard let place else { return }
        placed[Way(place: place, direction: direction), default: 0] += amount.bytes
    }

    mutating func add(_ outcome: ConnectOutcome) {
        switch outcome.kind {
        case .failed(let failure): failed[failure, default: 0] += outcome.connections
        case .established(let place):
            established += outcome.connections
            guard let place else { return }
            if latencies.isEmpty { latencies = Array(repeating: 0, count: LatencyBuckets.places) }
            latencies[place] += outcome.connections
            nanoseconds += outcome.nanoseconds
        }
    }

    /// All of `other` was with one endpoint.
    mutating func add(_ other: ServiceAccount, at place: ServicePlace?) {
        for (direction, amount) in other.traffic { add(amount, direction, at: place) }
        established += other.established
        failed.merge(other.failed, uniquingKeysWith: +)
        nanoseconds += other.nanoseconds
        latencies =
            latencies.isEmpty || other.latencies.isEmpty
            ? latencies + other.latencies : zip(latencies, other.latencies).map(+)
    }

    /// `home` is the clients' zone; empty where it is not known.
    func write(as service: ServiceLabel, home: String, to samples: inout SampleBuffer) {
        for (direction, amount) in traffic {
            samples.add(amount.packets, to: Catalog.servicePackets, service, direction)
            samples.add(amount.bytes, to: Catalog.serviceBytes, service, direction)
        }
        if established > 0 || !failed.isEmpty {
            samples.add(established, to: Catalog.serviceConnections, service)
        }
        for (failure, count) in failed {
            samples.add(count, to: Catalog.serviceFailures, service, failure)
        }
        let histogram = LatencyHistogram(counts: latencies, nanoseconds: nanoseconds)
        if let histogram, histogram.count > 0 {
            samples.add(histogram, to: Catalog.serviceConnectSeconds, service)
        }
        if !home.isEmpty { writeZones(as: service, home: home, to: &samples) }
    }

    private func writeZones(
        as service: ServiceLabel, home: String, to samples: inout SampleBuffer
    ) {
        var rows: [Row: UInt64] = [:]
        for (way, bytes) in placed where !way.place.zone.isEmpty {
            let hints = way.place.hints
            let row = Row(
                zone: way.place.zone,
                hints: hints.isEmpty ? .none : hints.contains(home) ? .kept : .missed,
                direction: way.direction)
            rows[row, default: 0] += bytes
        }
        for (row, bytes) in rows {
            let isSent = row.direction == .egress
            samples.add(
                bytes, to: Catalog.serviceZoneBytes, service,
                SourceZone(isSent ? home : row.zone), DestinationZone(isSent ? row.zone : home),
                row.hints, row.direction)
        }
    }
}
