import KernelABI
import LinuxBackend
import MetricSchema
import Observability
import Synchronization
import Testing

struct ConnectionPolicyCollectorTests {
    private let board = EndpointBoard()
    private let identities = IdentityIndex()
    private let pending = Pending()
    private let recent = RecentFlows()
    private let now = ContinuousClock.now

    private final class Pending: Sendable {
        let outcomes = Mutex<[ConnectOutcome]>([])
        let isReady = Mutex(true)
        let asked = Mutex<[FlowAttempt]>([])

        func add(_ outcomes: ConnectOutcome...) { self.outcomes.withLock { $0 += outcomes } }

        func take() -> [ConnectOutcome] {
            outcomes.withLock { outcomes in
                defer { outcomes = [] }
                return outcomes
            }
        }
    }

    private struct WaitingJudge: PolicyJudge {
        let pending: Pending
        var isReady: Bool { pending.isReady.withLock { $0 } }
        func judge(_ attempts: [FlowAttempt], everywhere: Bool) -> [PolicyJudgement] {
            #expect(everywhere)
            pending.asked.withLock { $0 += attempts }
            return PolicySamples.Judge().judge(attempts, everywhere: everywhere)
        }
    }

    init() {
        board.replace([
            .init(number: 3, owner: .namespace("blue"), links: ["pod1"]),
            .init(number: 4, owner: .namespace("green"), links: ["pod2"]),
        ])
    }

    private func collector(patience: Duration = .zero) -> ConnectionPolicyCollector {
        let collector = ConnectionPolicyCollector(
            board: board, identities: identities, judge: WaitingJudge(pending: pending),
            recent: recent, patience: patience, take: { [pending] in pending.take() }, lost: { 2 })
        var places = EndpointPlaces()
        places.addresses = [PolicySamples.blue: 3, Self.blue6: 3, PolicySamples.other: 4]
        collector.follow(places)
        return collector
    }

    private static let blue6 = IPAddress(high: 0xfd00_0000_0000_0000, low: 1)
    private static let far6 = IPAddress(high: 0xfd00_0000_0000_0000, low: 9)

    private func rows(_ collector: ConnectionPolicyCollector) throws -> [String] {
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        return samples.families.flatMap { family in
            family.rows.map { "\($0.labels) \($0.value)" }
        }.sorted()
    }

    @Test("failures are their client's and server's, by why, and who denies them says which way")
    func verdicts() throws {
        let collector = collector()
        pending.add(
            PolicySamples.failure(to: 5432, .timedOut, connections: 4),
            PolicySamples.failure(to: 5432, .timedOut, connections: 1),
            PolicySamples.failure(to: 80, server: Self.far6, connections: 3),
            PolicySamples.failure(to: 53, endpoint: 4, server: PolicySamples.blue, connections: 2),
            PolicySamples.failure(to: 5432, .notSent, connections: 9),
            PolicySamples.failure(to: 5432, endpoint: 0, connections: 9),
            ConnectOutcome(
                server: .init(address: PolicySamples.other, port: 5432),
                kind: .established(place: nil), connections: 9))
        #expect(
            try rows(collector) == [
                " count(2)",
                #"source_pod="blue",destination_pod="reserved:world",direction="egress",policy="default-deny,to-db",reason="timed_out" count(5)"#,
                #"source_pod="blue",destination_pod="reserved:world",direction="ingress",policy="default-deny",reason="refused" count(3)"#,
                #"source_pod="green",destination_pod="reserved:world",verdict="allowed",reason="refused" count(2)"#,
            ])
        // By the address of the server's family.
        let asked = pending.asked.withLock { $0 }
        #expect(asked.first { $0.port == 80 }?.client == Self.blue6)
        #expect(asked.first { $0.port == 5432 }?.client == PolicySamples.blue)
        let flows = recent.document(at: 0).flows
        #expect(flows.count == 3 && flows.allSatisfy { $0.lost == "connections" })
        let timedOut = try #require(flows.first { $0.reason == "timed_out" })
        #expect(timedOut.count == 5 && timedOut.client.name == "blue")
    }

    @Test("nothing is judged before policies are known, and then everything")
    func waiting() throws {
        let collector = collector()
        pending.isReady.withLock { $0 = false }
        pending.add(PolicySamples.failure(to: 53, connections: 2))
        #expect(try rows(collector) == [" count(2)"])
        pending.isReady.withLock { $0 = true }
        pending.add(PolicySamples.failure(to: 53, connections: 3))
        #expect(
            try rows(collector) == [
                " count(2)",
                #"source_pod="blue",destination_pod="reserved:world",verdict="allowed",reason="refused" count(5)"#,
            ])
    }

    @Test("a server that may be about to get a name is waited for, and no longer than patience is")
    func patience() throws {
        identities.expect(.anywhere)
        let collector = collector(patience: .seconds(3600))
        pending.add(PolicySamples.failure(to: 80, connections: 1))
        try collector.bringUpToDate(now: now)
        #expect(try rows(collector) == [" count(2)"])
        identities.change(directory: [PolicySamples.other: Identity(namespace: "a", pod: "db")])
        pending.add(PolicySamples.failure(to: 80, server: Self.far6, connections: 1))
        try collector.bringUpToDate(now: now + .seconds(1))
        #expect(try rows(collector).count == 2)
        try collector.bringUpToDate(now: now + .seconds(3700))
        #expect(
            try rows(collector) == [
                " count(2)",
                #"source_pod="blue",destination_namespace="a",destination_pod="db",direction="ingress",policy="default-deny",reason="refused" count(1)"#,
                #"source_pod="blue",destination_pod="reserved:world",direction="ingress",policy="default-deny",reason="refused" count(1)"#,
            ])
    }

    @Test("of who has just gone it is not known what policies said")
    func givenUp() throws {
        identities.expect(.nearOthers)
        identities.change(directory: [PolicySamples.other: Identity(namespace: "a", pod: "db")])
        identities.change(directory: [PolicySamples.other: nil])
        let collector = collector()
        pending.add(PolicySamples.failure(to: 5432, connections: 1))
        #expect(
            try rows(collector).last
                == #"source_pod="blue",destination_pod="reserved:world",verdict="unknown",reason="refused" count(1)"#
        )
    }

    @Test("nor by whose address somebody else has by now")
    func reused() throws {
        let collector = collector()
        var places = EndpointPlaces()
        places.addresses = [PolicySamples.blue: 4]
        collector.follow(places)
        pending.add(PolicySamples.failure(to: 5432, connections: 1))
        #expect(try rows(collector).last?.contains(#"verdict="unknown""#) == true)
    }

    @Test("what goes to the node itself is allowed, whatever policies say")
    func node() throws {
        identities.update(endpoints: [], nodeAddresses: [PolicySamples.other])
        let collector = collector()
        pending.add(PolicySamples.failure(to: 5432, connections: 1))
        #expect(
            try rows(collector).last
                == #"source_pod="blue",destination_pod="reserved:node",verdict="allowed",reason="refused" count(1)"#
        )
    }

    @Test("a number takes nothing along, and what was not judged by then is counted")
    func forgetting() throws {
        let collector = collector()
        pending.add(PolicySamples.failure(to: 53, connections: 1))
        try collector.bringUpToDate()
        pending.isReady.withLock { $0 = false }
        pending.add(
            PolicySamples.failure(to: 53, connections: 5),
            PolicySamples.failure(to: 53, endpoint: 4, connections: 1))
        collector.forget(3)
        pending.isReady.withLock { $0 = true }
        #expect(
            try rows(collector) == [
                " count(7)",
                #"source_pod="green",destination_pod="reserved:world",verdict="allowed",reason="refused" count(1)"#,
            ])
    }

    @Test("series end with the name of their destination")
    func destinationGone() throws {
        identities.change(directory: [PolicySamples.other: Identity(namespace: "a", pod: "db")])
        let collector = collector()
        pending.add(PolicySamples.failure(to: 53, connections: 1))
        #expect(try rows(collector).count == 2)
        identities.change(directory: [PolicySamples.other: nil])
        #expect(try rows(collector).count == 2)
        identities.forget(retiredBefore: .now)
        #expect(try rows(collector) == [" count(2)"])
    }

    @Test("a destination that turns out to be a pod goes on under the pod's name")
    func renaming() throws {
        let provisional = Identity(pod: "netns-7")
        func update(_ identity: Identity) {
            identities.update(
                endpoints: [
                    Endpoint(
                        number: 4, identity: identity, provisional: provisional,
                        addresses: [PolicySamples.other])
                ], nodeAddresses: [])
        }
        update(provisional)
        let collector = collector()
        pending.add(PolicySamples.failure(to: 53, connections: 1))
        #expect(try rows(collector).last?.contains(#"destination_pod="netns-7""#) == true)
        update(Identity(namespace: "a", pod: "db"))
        pending.add(PolicySamples.failure(to: 53, connections: 2))
        try collector.bringUpToDate()
        // The provisional name is let go of, and what it had counted is not.
        identities.forget(retiredBefore: .now)
        #expect(
            try rows(collector) == [
                " count(2)",
                #"source_pod="blue",destination_namespace="a",destination_pod="db",verdict="allowed",reason="refused" count(3)"#,
            ])
    }

    @Test("each share has everything, whoever takes first")
    func shares() throws {
        let shares = OutcomeShares { [pending] in pending.take() }
        let (one, other) = (shares.join(), shares.join())
        let (first, second) = (
            PolicySamples.failure(to: 1, connections: 1),
            PolicySamples.failure(to: 2, connections: 1)
        )
        pending.add(first)
        #expect(try one() == [first])
        pending.add(second)
        #expect(try one() == [second])
        #expect(try other() == [first, second])
        #expect(try one().isEmpty && other().isEmpty)
    }
}
