import LinuxBackend
import MetricSchema
import Observability
import Testing

extension KernelTier {
    /// The counters of the host's own rules, and exactly what they dropped.
    @Suite
    struct NftablesCounterTests {
        @Test func `A rule with a counter has what it dropped, by table, chain and hook`()
            async throws
        {
            let lab = try Lab("nft")
            let table = "fvk_counters"
            defer { _ = try? Lab.run("nft", "delete", "table", "bridge", table) }
            try Lab.run("nft", "add", "table", "bridge", table)
            try Lab.run(
                "nft", "add", "chain", "bridge", table, "first",
                "{ type filter hook prerouting priority 0; }")
            for (port, counter) in [("9000", ["counter"]), ("9001", [])] {
                try Lab.run(
                    ["nft", "add", "rule", "bridge", table, "first", "iifname", lab.link(0), "udp"]
                        + ["dport", port] + counter + ["drop"])
            }
            try await Observed.during { observed in
                let (drops, own) = (Catalog.nftablesDrops.descriptor, "table=\"\(table)\"")
                #expect(try observed.scrape().sum(drops, own) == 0)
                try lab.datagrams(from: 0, to: 1, count: 40)
                let start = ContinuousClock.now
                var reading = try observed.scrape()
                while reading.sum(drops, own) < 40, .now - start < .seconds(10) {
                    reading = try observed.scrape()
                }
                #expect(
                    reading.sum(
                        drops, own, "family=\"bridge\"", "chain=\"first\"", "hook=\"prerouting\"",
                        "verdict=\"drop\"") == 40)
                #expect(reading.sum(drops, own) == 40)
                #expect(reading.sum(Catalog.nftablesUncounted.descriptor, own) == 1)
                let capability = observed.backend.capabilities.first {
                    $0.name == "nftables counters"
                }
                #expect(capability != nil && capability?.missing == nil)
            }
        }
    }
}
