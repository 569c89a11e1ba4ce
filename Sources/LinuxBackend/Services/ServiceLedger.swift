import MetricSchema
package import Observability
import Synchronization

/// What this node's pods, as clients, have of each service: packets, connections, and how long these took to open.
///
/// Who is behind an address is looked up when flows and outcomes are read, about once a second, while it is true: what a
/// service gives up stays its own until then. What came before a service was known waits for it. A service's series stay
/// for a while after it is gone.
package final class ServiceLedger: FlowSink {
    private let services: ServiceIndex
    private let identities: IdentityIndex
    private let translations: TranslationTable?
    private let zone: @Sendable () -> String
    private let outcomes: @Sendable () throws -> [ConnectOutcome]
    private let lost: @Sendable () throws -> UInt64
    private let state: Mutex<State>

    private struct State {
        struct Held {
            var account = ServiceAccount()
            /// When the service was known last.
            var seen: ContinuousClock.Instant
        }

        var accounts: [ServiceLabel: Held] = [:]
        var ambiguous: [Direction: UInt64] = [:]
        var waiting: WaitingServers

        mutating func add(
            _ amount: FlowLedger.Amount, _ direction: Direction, with server: WaitingServers.Server,
            of answer: ServiceIndex.Answer, in names: Names, now: ContinuousClock.Instant
        ) {
            switch answer {
            case .none: waiting.add(amount, direction, with: server, in: names.services, now: now)
            case .several: ambiguous[direction, default: 0] += amount.packets
            case .service(let service):
                accounts[service.label, default: Held(seen: now)].account.add(
                    amount, direction, at: names.place(of: server.real, in: service))
            }
        }

        mutating func settle(in names: Names, now: ContinuousClock.Instant) {
            var settled:
                [(WaitingServers.Server, answer: ServiceIndex.Answer, account: ServiceAccount)] = []
            waiting.settle(in: names.services, now: now) { settled.append(($0, $1, $2)) }
            for (server, answer, account) in settled {
                if case .service(let service) = answer {
                    accounts[service.label, default: Held(seen: now)].account.add(
                        account, at: names.place(of: server.real, in: service))
                    continue
                }
                for (direction, amount) in account.traffic {
                    ambiguous[direction, default: 0] += amount.packets
                }
            }
        }
    }

    /// What addresses stand for when something is added.
    private struct Names {
        let services: ServiceIndex.View
        let identities: IdentityIndex.View
        let home: String

        func place(of address: IPAddress, in service: ServiceIndex.Service) -> ServicePlace? {
            let place = services.place(of: address, in: service)
            if let place, !place.zone.isEmpty { return place }
            return switch identities.whereabouts(of: address) {
            case .unknown: nil
            case .here: .shared(zone: home, hints: place?.hints ?? [])
            case .zone(let zone): .shared(zone: zone, hints: place?.hints ?? [])
            }
        }
    }

    /// `translations` tell who answers at a service's address, and `zone` where this node is, empty while that is not
    /// known. `outcomes` gives what became of connections since it was called last, `lost` how many it will never give.
    package init(
        services: ServiceIndex, identities: IdentityIndex, translations: TranslationTable? = nil,
        patience: Duration = .zero, zone: @escaping @Sendable () -> String = { "" },
        outcomes: @escaping @Sendable () throws -> [ConnectOutcome],
        lost: @escaping @Sendable () throws -> UInt64
    ) {
        self.services = services
        self.identities = identities
        self.translations = translations
        self.zone = zone
        self.outcomes = outcomes
        self.lost = lost
        state = Mutex(State(waiting: WaitingServers(patience: patience)))
        services.defersDepartures()
    }

    private var names: Names {
        Names(services: services.current, identities: identities.current, home: zone())
    }

    /// Connections are of sockets, which know whether they opened.
    package func add(tcp flows: [TCPFlowDelta]) {}

    package func add(_ flows: [FlowDelta]) { add(flows, now: .now) }

    /// Uplinks see the same packets once more, after translation. Translations are up to date: others were given the
    /// flows first.
    package func add(_ flows: [FlowDelta], now: ContinuousClock.Instant) {
        let names = names
        if names.services.isIdle { return }
        let ours = flows.compactMap { flow -> (FlowDelta, ServiceIndex.Answer)? in
            guard let endpoint = names.identities.identity(of: flow.endpoint), endpoint != .node
            else { return nil }
            let answer = names.services.service(at: flow.peer, port: flow.peerPort)
            if answer == .none, !names.services.mayBecomeKnown(flow.peer) { return nil }
            return (flow, answer)
        }
        let peers = translations?.peers(of: ours.map(\.0))
        state.withLock { state in
            state.settle(in: names, now: now)
            for (number, (flow, answer)) in ours.enumerated() {
                let server = WaitingServers.Server(
                    called: .init(address: flow.peer, port: flow.peerPort),
                    real: peers?[number].seen ?? flow.peer)
                state.add(
                    FlowLedger.Amount(packets: flow.packets, bytes: flow.bytes), flow.direction,
                    with: server, of: answer, in: names, now: now)
            }
        }
    }

    /// Takes what became of connections up to now, and lets services go of what they gave up before. `flows` are read first
    /// where that is needed for it, or wanted.
    package func bringUpToDate(
        _ flows: (any FlowSource)?, always: Bool = false, now: ContinuousClock.Instant = .now
    ) throws {
        let departures = services.departures
        defer { services.letGo(departures) }
        if always || departures > 0 { try flows?.bringUpToDate() }
        let taken = try outcomes()
        let names = names
        state.withLock { state in
            state.settle(in: names, now: now)
            for outcome in taken {
                let server = outcome.server
                switch names.services.service(at: server.address, port: server.port) {
                case .several: break
                case .none: state.waiting.add(outcome, in: names.services, now: now)
                case .service(let service):
                    state.accounts[service.label, default: .init(seen: now)].account.add(outcome)
                }
            }
        }
    }

    package func write(
        to samples: inout SampleBuffer, now: ContinuousClock.Instant = .now
    ) throws {
        let names = names
        let (accounts, ambiguous, hurried) = state.withLock { state in
            state.settle(in: names, now: now)
            for label in state.accounts.keys where names.services.isKnown(label) {
                state.accounts[label]?.seen = now
            }
            state.accounts = state.accounts.filter { now - $0.value.seen <= SeriesLifetime.grace }
            return (state.accounts, state.ambiguous, state.waiting.hurried)
        }
        for (service, held) in accounts {
            held.account.write(as: service, home: names.home, to: &samples)
        }
        for direction in Direction.allCases {
            samples.add(ambiguous[direction] ?? 0, to: Catalog.serviceAmbiguous, direction)
        }
        samples.add(hurried, to: Catalog.serviceHurried)
        samples.add(try lost(), to: Catalog.serviceLost)
    }
}
