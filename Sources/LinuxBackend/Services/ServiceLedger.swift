import MetricSchema
package import Observability
import Synchronization

/// What this node's pods, as clients, have of each service: packets, connections, and how long these took to open.
///
/// Who is behind an address is looked up when flows and outcomes are read, about once a second, while it is true. A
/// service's series stay for a while after it is gone.
package final class ServiceLedger: FlowSink {
    private let services: ServiceIndex
    private let identities: IdentityIndex
    private let outcomes: @Sendable () throws -> [ConnectOutcome]
    private let lost: @Sendable () throws -> UInt64
    private let state = Mutex(State())

    private struct State {
        var accounts: [ServiceLabel: Account] = [:]
        var ambiguous: [Direction: UInt64] = [:]
    }

    private struct Account {
        var traffic: [Direction: FlowLedger.Amount] = [:]
        var established: UInt64 = 0
        var failed: [TCPFailure: UInt64] = [:]
        var latencies = [UInt64](repeating: 0, count: LatencyBuckets.places)
        var nanoseconds: UInt64 = 0
        /// When the service was known last.
        var seen = ContinuousClock.now

        mutating func add(_ outcome: ConnectOutcome) {
            switch outcome.kind {
            case .failed(let failure): failed[failure, default: 0] += outcome.connections
            case .established(let place):
                established += outcome.connections
                guard let place else { return }
                latencies[place] += outcome.connections
                nanoseconds += outcome.nanoseconds
            }
        }
    }

    /// `outcomes` gives what became of connections since it was called last, `lost` how many it will never give.
    package init(
        services: ServiceIndex, identities: IdentityIndex,
        outcomes: @escaping @Sendable () throws -> [ConnectOutcome],
        lost: @escaping @Sendable () throws -> UInt64
    ) {
        self.services = services
        self.identities = identities
        self.outcomes = outcomes
        self.lost = lost
    }

    /// Connections are of sockets, which know whether they opened.
    package func add(tcp flows: [TCPFlowDelta]) {}

    /// Uplinks see the same packets once more, after translation.
    package func add(_ flows: [FlowDelta]) {
        let view = services.current
        if view.isEmpty { return }
        let identities = identities.current
        state.withLock { state in
            for flow in flows {
                let port = flow.direction == .egress ? flow.destinationPort : flow.sourcePort
                let answer = view.service(at: flow.peer, port: port)
                if answer == .none || identities.identity(of: flow.endpoint) == .node { continue }
                if case .service(let service) = answer {
                    state.accounts[service.label, default: Account()]
                        .traffic[flow.direction, default: .init()] +=
                        FlowLedger.Amount(packets: flow.packets, bytes: flow.bytes)
                } else {
                    state.ambiguous[flow.direction, default: 0] += flow.packets
                }
            }
        }
    }

    /// Takes what became of connections up to now.
    package func bringUpToDate() throws {
        try state.withLock { state in
            let taken = try outcomes()
            let view = services.current
            for outcome in taken {
                let answer = view.service(at: outcome.server.address, port: outcome.server.port)
                guard case .service(let service) = answer else { continue }
                state.accounts[service.label, default: Account()].add(outcome)
            }
        }
    }

    package func write(
        to samples: inout SampleBuffer, now: ContinuousClock.Instant = .now
    ) throws {
        try bringUpToDate()
        let view = services.current
        let (accounts, ambiguous) = state.withLock { state in
            for label in state.accounts.keys where view.isKnown(label) {
                state.accounts[label]?.seen = now
            }
            state.accounts = state.accounts.filter { now - $0.value.seen <= SeriesLifetime.grace }
            return (state.accounts, state.ambiguous)
        }
        for (service, account) in accounts { add(account, of: service, to: &samples) }
        for direction in Direction.allCases {
            samples.add(ambiguous[direction] ?? 0, to: Catalog.serviceAmbiguous, direction)
        }
        samples.add(try lost(), to: Catalog.serviceLost)
    }

    private func add(
        _ account: Account, of service: ServiceLabel, to samples: inout SampleBuffer
    ) {
        for (direction, amount) in account.traffic {
            samples.add(amount.packets, to: Catalog.servicePackets, service, direction)
            samples.add(amount.bytes, to: Catalog.serviceBytes, service, direction)
        }
        if account.established > 0 || !account.failed.isEmpty {
            samples.add(account.established, to: Catalog.serviceConnections, service)
        }
        for (failure, count) in account.failed {
            samples.add(count, to: Catalog.serviceFailures, service, failure)
        }
        let histogram = LatencyHistogram(
            counts: account.latencies, nanoseconds: account.nanoseconds)
        if let histogram, histogram.count > 0 {
            samples.add(histogram, to: Catalog.serviceConnectSeconds, service)
        }
    }
}
