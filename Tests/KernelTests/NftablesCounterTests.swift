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

        @Test func `A rule in a pod's own namespace has what it dropped there, by table and chain`()
            async throws
        {
            let lab = try Lab("nfp")
            func rule(_ chain: String, _ rest: String) throws {
                try lab.inside(1, "nft", "add rule inet mesh \(chain) udp dport \(rest)")
            }
            func chain(_ name: String) throws {
                try lab.inside(
                    1, "nft", "add chain inet mesh \(name) { type filter hook input priority 0; }")
            }
            try lab.inside(1, "nft", "add table inet mesh")
            try chain("first")
            try rule("first", "9000 counter drop")
            try rule("first", "9001 drop")
            try lab.datagrams(from: 0, to: 1, count: 5)
            var settings = LinuxSettings()
            settings.readingInterval = 0
            try await Observed.during(settings) { observed in
                let (drops, pod) = (Catalog.podNftablesDrops.descriptor, "pod=\"\(lab.hosts[1])\"")
                // What was counted before is nobody's, and where nothing is dropped there is no series.
                #expect(try observed.scrape().sum(drops, pod) == 0)
                try lab.datagrams(from: 0, to: 1, count: 40)
                var reading = try observed.scrape()
                let place = ["family=\"inet\"", "table=\"mesh\"", "hook=\"input\"", "\"drop\""]
                func sum(_ chain: String) -> UInt64 {
                    reading.sum(
                        drops, pod, "chain=\"\(chain)\"", place[0], place[1], place[2], place[3])
                }
                #expect(sum("first") == 40)
                #expect(reading.sum(drops) == reading.sum(drops, pod))
                #expect(reading.sum(Catalog.podNetfilterDrops.descriptor, pod) == 40)
                #expect(reading.sum(Catalog.podNftablesUncounted.descriptor, pod) == 1)

                // Another chain takes over.
                try lab.inside(1, "nft", "flush chain inet mesh first")
                try chain("second")
                try rule("second", "9000 counter drop")
                try lab.datagrams(from: 0, to: 1, count: 7)
                reading = try observed.scrape()
                #expect(sum("first") == 40)
                #expect(sum("second") == 7)
                #expect(reading.sum(drops, pod) == 47)
            }
        }
    }
}
