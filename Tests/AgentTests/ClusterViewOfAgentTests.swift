import ClusterView
import MetricSchema
import Observability
import Synchronization
import TestAPIServer
import Testing

@testable import Agent

/// kubectl's plugin against the agent's own endpoints, over HTTP.
@Suite(.timeLimit(.minutes(1)))
struct ClusterViewOfAgentTests {
    private static func served(_ backend: FixedBackend) -> ServedAgent { ServedAgent(backend) }

    @Test("status of a served agent is what its backend says")
    func status() async throws {
        let backend = FixedBackend(
            capabilities: [
                Capability("drop counting", missing: "CAP_BPF"), Capability("tcx links"),
            ],
            collectors: [
                FixedCollector("good") { $0.add(4 as UInt64, to: Catalog.dnsLostNames) },
                FailingCollector(),
            ])
        try await TestServer.serve(Self.served(backend).endpoints.router()) { port in
            let address = "127.0.0.1:\(port)"
            // Port 1 of loopback is nobody's.
            let agents = try AddressedAgents([address, "127.0.0.1:1"], userAgent: "test")
            let report = StatusReport(try await Fleet(agents).read(keeping: StatusReport.metrics))
            await agents.shutdown()
            let item = try #require(report.items.first { $0.node == address })
            #expect(item.version == Configuration.version)
            #expect(item.system == "linux")
            #expect(item.missingCapabilities == ["drop counting"])
            #expect(item.failingCollectors == ["failing"])
            #expect(item.lostDetail == [Catalog.dnsLostNames.descriptor.name: 4])
            #expect(item.series ?? 0 > 0)
            #expect(item.seriesLimit == 1_000_000)
            #expect(report.items.first { $0.node == "127.0.0.1:1" }?.problem != nil)
            #expect(!report.isComplete)
        }
    }

    @Test("flows of a served agent are what its backend keeps, and none where it keeps none")
    func lostFlows() async throws {
        let recent = RecentFlows()
        let flow = LostFlow(
            FlowAttempt(
                client: IPAddress(v4: 1), server: IPAddress(v4: 2), protocolNumber: 6, port: 80),
            client: Identity(namespace: "shop", pod: "web"), server: .world, lostAt: .client,
            .egress,
            loss: .connections(.refused), judgement: .denied(.client, policies: ["out"]))
        recent.note([(flow, 3)], at: 1)
        var backend = FixedBackend()
        backend.recentFlows = recent
        try await TestServer.serve(Self.served(backend).endpoints.router()) { port in
            try await TestServer.serve(Self.served(FixedBackend()).endpoints.router()) { other in
                let agents = try AddressedAgents(
                    ["127.0.0.1:\(port)", "127.0.0.1:\(other)"], userAgent: "test")
                let report = LostFlowsReport(try await Fleet(agents).lostFlows())
                await agents.shutdown()
                #expect(report.items.map(\.flow) == recent.document(at: 1).flows)
                #expect(report.items.map(\.node) == ["127.0.0.1:\(port)"])
                #expect(report.notKept == ["127.0.0.1:\(other)"] && report.isComplete)
            }
        }
    }

    @Test("top of a served agent is what its counters grew by between two scrapes")
    func top() async throws {
        let scrapes = SteppingCount()
        let backend = FixedBackend(collectors: [
            FixedCollector("traffic") { samples in
                let pod = PodLabel(Identity(namespace: "shop", pod: "web"))
                samples.add(scrapes.next() * 1_000, to: Catalog.podBytes, pod, .ingress)
            }
        ])
        try await TestServer.serve(Self.served(backend).endpoints.router()) { port in
            let agents = try AddressedAgents(["127.0.0.1:\(port)"], userAgent: "test")
            let fleet = Fleet(agents)
            let old = try await fleet.read(keeping: TopReport.metrics)
            let new = try await fleet.read(keeping: TopReport.metrics)
            await agents.shutdown()
            let report = TopReport(.pods, from: old, to: new)
            let row = try #require(report.items.first)
            #expect(report.items.count == 1)
            #expect(row.name == "web" && row.namespace == "shop")
            let growth = try #require(
                Growth(from: try old[0].result.get(), to: try new[0].result.get()))
            #expect(row[.ingressBytes] == 1_000 / growth.seconds)
            #expect(row[.egressBytes] == 0)
            #expect(row[.drops] == nil)
        }
    }
}

/// Counts how often it was asked.
private final class SteppingCount: Sendable {
    private let count = Mutex<UInt64>(0)

    func next() -> UInt64 {
        count.withLock {
            $0 += 1
            return $0
        }
    }
}
