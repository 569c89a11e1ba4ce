import CLibBPF
import LinuxBackend
import MetricSchema
import Observability
import Testing

extension KernelTier {
    /// What the agent's maps take of the kernel's memory.
    @Suite
    struct MapMemoryTests {
        /// A cluster in which there is nobody yet, and everything is asked for.
        private struct EverythingAsked: EndpointNaming, PolicyJudge {
            let services: ServiceIndex? = ServiceIndex()
            var policies: (any PolicyJudge)? { self }
            let otherNodes: (any PeerNodeSource)? = nil
            let pods: [LocalPod] = []
            let newcomers = Newcomers.none
            let podRanges: [AddressRange] = []
            let zone = ""
            let changes = AsyncStream<Void> { $0.finish() }
            let isReady = true

            func name(at addresses: [IPAddress]) -> EndpointName? { nil }
            func takeChanges() -> [IPAddress: Identity?] { [:] }
            func judge(_ attempts: [FlowAttempt], everywhere: Bool) -> [PolicyJudgement] {
                []
            }
        }

        @Test func `With everything on, all maps together keep within a node's allowance`()
            async throws
        {
            var settings = LinuxSettings()
            settings.apiServers = [try #require(ServerAddress("10.77.0.1:6443"))]
            settings.peerNodes = (1...128).map {
                PeerNode(name: "node-\($0)", address: IPAddress(v4: 0x0a63_0000 + $0))
            }
            try await Observed.during(settings, naming: EverythingAsked()) { observed in
                let rows = try observed.scrape().rows(Catalog.mapBytes.descriptor)
                    .sorted { $0.value > $1.value }
                let total = rows.reduce(0) { $0 + $1.value }
                print("maps: \(total) bytes; \(rows.prefix(14).map { "\($0.labels) \($0.value)" })")
                #expect(rows.contains { $0.labels.contains("outcomes_b") && $0.value > 100_000 })
                #expect(rows.contains { $0.labels.contains("drop_flows_b") && $0.value > 100_000 })
                // Counters of each CPU come on top of what all share.
                let perCPU: UInt64 = 400 << 10
                #expect(total < 40 << 20 + UInt64(libbpf_num_possible_cpus()) * perCPU)
            }
        }
    }
}
