package import MetricSchema
package import Observability
import Synchronization

/// What network policies say of the packets that filters dropped of endpoints.
///
/// Flows are judged about once a second, while their names are true, and kept by endpoint. Nothing is taken before
/// policies are known: until then what was dropped waits in the kernel.
package final class PolicyCollector: Collector, EndpointFollower {
    package let name = CollectorName("policies")
    private let board: EndpointBoard
    private let identities: IdentityIndex
    private let judge: any PolicyJudge
    private let recent: RecentFlows
    private let take: @Sendable () throws -> [DroppedFlow]
    private let lost: @Sendable () throws -> UInt64
    private let state = Mutex(State())

    private struct State {
        var addresses: [IPAddress: UInt16] = [:]
        var totals: [Key: FlowLedger.Amount] = [:]
    }

    private struct Key: Hashable {
        let endpoint: UInt16
        let direction: Direction
        let finding: PolicyFinding
    }

    /// `take` gives what was dropped since it was called last, `lost` how many packets it will never give.
    package init(
        board: EndpointBoard, identities: IdentityIndex, judge: any PolicyJudge,
        recent: RecentFlows,
        take: @escaping @Sendable () throws -> [DroppedFlow],
        lost: @escaping @Sendable () throws -> UInt64
    ) {
        self.board = board
        self.identities = identities
        self.judge = judge
        self.recent = recent
        self.take = take
        self.lost = lost
    }

    package func follow(_ places: EndpointPlaces) {
        state.withLock { $0.addresses = places.addresses }
    }

    package func forget(_ endpoint: UInt16) {
        try? bringUpToDate()
        state.withLock { state in
            state.totals = state.totals.filter { $0.key.endpoint != endpoint }
        }
    }

    /// Judges what was dropped up to now.
    package func bringUpToDate() throws {
        if !judge.isReady { return }
        let judged: [(flow: LostFlow, count: UInt64)] = try state.withLock { state in
            let flows = try take()
            let view = identities.current
            let judgements = judge.judge(flows.map(\.attempt), everywhere: false, in: view)
            for (flow, judgement) in zip(flows, judgements) {
                state.totals[Self.key(flow, judgement, state.addresses), default: .init()] +=
                    flow.amount
            }
            return zip(flows, judgements).map { flow, judgement in
                let end = FlowEnd.allCases.first {
                    state.addresses[flow.attempt[$0]] == flow.endpoint
                }
                return (LostFlow(flow, at: end, judgement, in: view), flow.amount.packets)
            }
        }
        recent.note(judged, at: UnixTime.now)
    }

    /// Denied packets are of the endpoint whose policies deny them, which may be the other one of two on this node.
    private static func key(
        _ flow: DroppedFlow, _ judgement: PolicyJudgement, _ addresses: [IPAddress: UInt16]
    ) -> Key {
        var endpoint = flow.endpoint
        var direction = flow.direction
        if case .denied(let end, _) = judgement {
            endpoint = addresses[flow.attempt[end]] ?? endpoint
            direction = end.policyDirection
        }
        return Key(endpoint: endpoint, direction: direction, finding: PolicyFinding(judgement))
    }

    package func collect(into samples: inout SampleBuffer) throws {
        try bringUpToDate()
        let identities = board.podIdentities
        for (key, amount) in state.withLock({ $0.totals }) {
            guard let identity = identities[key.endpoint] else { continue }
            let pod = PodLabel(identity)
            switch key.finding {
            case .denied(let policies):
                samples.add(
                    amount.packets, to: Catalog.policyDeniedPackets, pod, key.direction, policies)
                samples.add(
                    amount.bytes, to: Catalog.policyDeniedBytes, pod, key.direction, policies)
            case .notDenied(let acquittal):
                samples.add(
                    amount.packets, to: Catalog.policyAcquittedPackets, pod, key.direction,
                    acquittal)
            }
        }
        samples.add(try lost(), to: Catalog.policyUnjudged)
    }
}

extension LostFlow {
    fileprivate init(
        _ flow: DroppedFlow, at end: FlowEnd?, _ judgement: PolicyJudgement,
        in view: IdentityIndex.View
    ) {
        self.init(
            flow.attempt, client: view[view.identity(of: flow.attempt.client)],
            server: view[view.identity(of: flow.attempt.server)], lostAt: end, flow.direction,
            loss: .packets(reason: flow.reason), judgement: judgement)
    }
}
