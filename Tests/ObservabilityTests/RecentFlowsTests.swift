import MetricSchema
import Testing

@testable import Observability

struct RecentFlowsTests {
    private static func flow(
        _ port: UInt16, _ judgement: PolicyJudgement = .denied(.server, policies: ["p"]),
        _ loss: LostFlow.Loss = .packets(reason: "netfilter_drop")
    ) -> LostFlow {
        LostFlow(
            FlowAttempt(
                client: IPAddress(v4: 0x0a00_0001), server: IPAddress(v4: 0x0a00_0002),
                protocolNumber: 17, port: port),
            client: Identity(
                namespace: "shop", pod: "web-1", workload: Workload(kind: "Deployment", name: "web")
            ),
            server: .world, lostAt: .client, .egress, loss: loss, judgement: judgement)
    }

    @Test("a flow is kept once, with how often, first and last; the latest comes first")
    func once() {
        let recent = RecentFlows()
        recent.note([(Self.flow(1), 3), (Self.flow(2), 1)], at: 10)
        recent.note([(Self.flow(1), 4)], at: 12.5)
        let document = recent.document(at: 20)
        #expect(document.time == 20 && document.isFollowed && document.madeRoom == 0)
        #expect(document.flows.map(\.port) == [1, 2])
        let first = document.flows[0]
        #expect(first.count == 7 && first.firstSeen == 10 && first.lastSeen == 12.5)
        #expect(first.client.workload == "web" && first.client.workloadKind == "Deployment")
        #expect(first.client.namespace == "shop" && first.client.name == "web-1")
        #expect(first.server.namespace == nil && first.server.name == "reserved:world")
        #expect(first.protocol == "udp" && first.reason == "netfilter_drop")
    }

    @Test("what differs in its verdict, its reason or what was lost is a flow of its own")
    func apart() {
        let recent = RecentFlows()
        recent.note(
            [
                (Self.flow(1), 1), (Self.flow(1, .notDenied(.allowed)), 1),
                (Self.flow(1, .denied(.client, policies: ["p"])), 1),
                (Self.flow(1, .denied(.server, policies: ["p"]), .packets(reason: "xdp")), 1),
                (Self.flow(1, .denied(.server, policies: ["p"]), .connections(.timedOut)), 1),
            ], at: 1)
        let flows = recent.document(at: 1).flows
        #expect(flows.count == 5)
        #expect(Set(flows.map(\.lost)) == ["packets", "connections"])
        #expect(flows.count { $0.policy.direction == "ingress" } == 3)
        #expect(flows.first { $0.policy.verdict == "allowed" }?.policy.policies == nil)
    }

    @Test("those make room that no policy denies, then those seen longest ago, and are counted")
    func room() {
        let recent = RecentFlows(capacity: 3)
        for port in 1...3 as ClosedRange<UInt16> {
            recent.note([(Self.flow(port), 1)], at: Double(port))
        }
        recent.note([(Self.flow(9, .notDenied(.unselected)), 1)], at: 9)
        #expect(recent.document(at: 9).flows.map(\.port) == [3, 2, 1])
        recent.note([(Self.flow(1), 1)], at: 10)
        recent.note([(Self.flow(4), 1)], at: 11)
        let document = recent.document(at: 11)
        #expect(document.flows.map(\.port) == [4, 1, 3])
        #expect(document.madeRoom == 2 && document.capacity == 3)
    }
}
