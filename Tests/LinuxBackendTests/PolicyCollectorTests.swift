import LinuxBackend
import MetricSchema
import Observability
import Synchronization
import Testing

struct PolicyCollectorTests {
    private let board = EndpointBoard()
    private let pending = Pending()

    /// What was dropped and nobody has taken yet.
    private final class Pending: Sendable {
        let flows = Mutex<[DroppedFlow]>([])
        let isReady = Mutex(true)

        func add(_ flow: DroppedFlow) { flows.withLock { $0.append(flow) } }

        func take() -> [DroppedFlow] {
            flows.withLock { flows in
                defer { flows = [] }
                return flows
            }
        }
    }

    private struct WaitingJudge: PolicyJudge {
        let pending: Pending
        var isReady: Bool { pending.isReady.withLock { $0 } }
        func judge(_ attempts: [FlowAttempt], everywhere: Bool) -> [PolicyJudgement] {
            PolicySamples.Judge().judge(attempts, everywhere: everywhere)
        }
    }

    init() {
        board.replace([
            .init(number: 3, owner: .namespace("blue"), links: ["pod1"]),
            .init(number: 4, owner: .namespace("green"), links: ["pod2"]),
        ])
    }

    private func collector(
        _ identities: IdentityIndex = IdentityIndex(), recent: RecentFlows = RecentFlows()
    ) -> PolicyCollector {
        PolicyCollector(
            board: board, identities: identities, judge: WaitingJudge(pending: pending),
            recent: recent
        ) { [pending] in
            pending.take()
        } lost: {
            0
        }
    }

    private func rows(_ collector: PolicyCollector) throws -> [String] {
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        return samples.families.flatMap { family in
            family.descriptor === Catalog.policyDeniedBytes.descriptor
                || family.descriptor === Catalog.policyUnjudged.descriptor
                ? [] : family.rows.map { "\($0.labels) \($0.value)" }
        }.sorted()
    }

    @Test("what one endpoint's policies deny is its own, also where the other one's packet died")
    func otherEnd() throws {
        let collector = collector()
        var places = EndpointPlaces()
        places.addresses = [PolicySamples.blue: 3, PolicySamples.other: 4]
        collector.follow(places)
        pending.add(PolicySamples.flow(to: 80, packets: 7))
        #expect(
            try rows(collector) == [
                #"pod="green",direction="ingress",policy="default-deny" count(7)"#
            ])
    }

    @Test("nothing is taken before policies are known, and then everything")
    func waiting() throws {
        let collector = collector()
        pending.isReady.withLock { $0 = false }
        pending.add(PolicySamples.flow(to: 53, packets: 2))
        #expect(try rows(collector).isEmpty)
        pending.isReady.withLock { $0 = true }
        pending.add(PolicySamples.flow(to: 53, packets: 3))
        #expect(
            try rows(collector) == [
                #"pod="blue",direction="egress",verdict="allowed" count(5)"#
            ])
    }

    @Test("what goes to the node itself is allowed, whatever policies say")
    func node() throws {
        let identities = IdentityIndex()
        let host = IPAddress(v4: 0x0a00_00fe)
        identities.update(endpoints: [], nodeAddresses: [host])
        let collector = collector(identities)
        pending.add(PolicySamples.flow(to: 5432, server: host, packets: 1))
        #expect(
            try rows(collector) == [
                #"pod="blue",direction="egress",verdict="allowed" count(1)"#
            ])
    }

    @Test("an endpoint's number takes nothing along to whoever has it next")
    func forgetting() throws {
        let collector = collector()
        pending.add(PolicySamples.flow(to: 5432, packets: 1))
        pending.add(PolicySamples.flow(to: 5432, endpoint: 4, packets: 2))
        collector.forget(3)
        #expect(
            try rows(collector) == [
                #"pod="green",direction="egress",policy="default-deny,to-db" count(2)"#
            ])
    }

    @Test("what was dropped is kept by flow, with who, why, how often and what policies say")
    func records() throws {
        let recent = RecentFlows()
        let identities = IdentityIndex()
        identities.change(directory: [
            PolicySamples.other: Identity(namespace: "shop", pod: "db-0")
        ])
        let collector = collector(identities, recent: recent)
        for packets in [3, 4] as [UInt64] {
            pending.add(PolicySamples.flow(to: 5432, packets: packets))
            pending.add(PolicySamples.flow(to: 53, packets: 1))
            try collector.bringUpToDate()
        }
        let flows = recent.document(at: 0).flows
        #expect(flows.count == 2)
        let denied = try #require(flows.first { $0.port == 5432 })
        #expect(denied.client.name == "reserved:world" && denied.client.address == "10.0.0.1")
        #expect(denied.server.name == "db-0" && denied.server.namespace == "shop")
        #expect(denied.lost == "packets" && denied.count == 7 && denied.protocol == "tcp")
        #expect(denied.reason == "netfilter_drop" && denied.direction == "egress")
        #expect(denied.policy == .init(.denied(.client, policies: ["default-deny", "to-db"])))
        #expect(denied.policy.isComputed && denied.lastSeen >= denied.firstSeen)
        #expect(flows.first { $0.port == 53 }?.policy.verdict == "allowed")
    }

    @Test("many policies are the first four and how many more")
    func names() {
        #expect(PolicyNames(["a"]).value == "a")
        #expect(PolicyNames(["a", "b", "c", "d"]).value == "a,b,c,d")
        #expect(PolicyNames(["a", "b", "c", "d", "e", "f"]).value == "a,b,c,d,+2")
    }
}
