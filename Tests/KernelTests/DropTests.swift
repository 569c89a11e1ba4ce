import LinuxBackend
import MetricSchema
import Testing

extension KernelTier {
    /// Packets that the kernel is made to drop, and exactly those in the numbers.
    @Suite
    struct DropTests {
        private func pod(_ lab: Lab, _ place: Int) -> String { "pod=\"\(lab.hosts[place])\"" }

        @Test(arguments: [false, true])
        func `Datagrams to a closed port are dropped for want of a socket`(six: Bool) async throws {
            let lab = try Lab(six ? "ns6" : "ns4")
            // A port-unreachable answer is rate-limited, so it is not counted on; only the drops are.
            try await Observed.during { observed in
                try lab.traffic(
                    0, "udp-send", "--to", six ? lab.address6(1) : lab.address(1), "--port", "9999",
                    "--count",
                    "2000")
                let reading = try observed.scrape()
                let labels = [pod(lab, 1), "reason=\"no_socket\"", "direction=\"ingress\""]
                #expect(
                    reading.sum(Catalog.podDropPackets.descriptor, labels[0], labels[1], labels[2])
                        == 2000)
                let header: UInt64 = six ? 40 : 20
                #expect(
                    reading.sum(Catalog.podDropBytes.descriptor, labels[0], labels[1], labels[2])
                        == 2000 * (header + 8 + 18))
            }
        }

        @Test func `A rule in the receiver's input hook drops on its way in`() async throws {
            try await expectRuleDrops(
                "in", rule: "add chain inet t c { type filter hook input priority 0; }", at: 1,
                expected: (host: 1, direction: "ingress"))
        }

        @Test func `A rule in the sender's output hook drops on its way out`() async throws {
            try await expectRuleDrops(
                "out", rule: "add chain inet t c { type filter hook output priority 0; }", at: 0,
                expected: (host: 0, direction: "egress"))
        }

        private func expectRuleDrops(
            _ name: String, rule: String, at place: Int, expected: (host: Int, direction: String)
        ) async throws {
            let lab = try Lab(name)
            try lab.inside(place, "nft", "add table inet t")
            try lab.inside(place, "nft", rule)
            try lab.inside(place, "nft", "add rule inet t c udp dport 9000 drop")
            try await Observed.during { observed in
                // The output hook answers a sender with EPERM, so raw frames are sent there instead.
                if expected.direction == "ingress" {
                    try lab.traffic(
                        0, "udp-send", "--to", lab.address(1), "--port", "9000", "--count", "500")
                } else {
                    _ = try? lab.inside(
                        0, "bash", "-c",
                        "for i in $(seq 500); do echo -n x > /dev/udp/\(lab.address(1))/9000; done 2>/dev/null; true"
                    )
                }
                let reading = try observed.scrape()
                let dropped = reading.sum(
                    Catalog.podDropPackets.descriptor, pod(lab, expected.host),
                    "reason=\"netfilter_drop\"",
                    "direction=\"\(expected.direction)\"")
                #expect(dropped == 500)
            }
        }
    }
}
