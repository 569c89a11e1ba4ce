import LinuxBackend
import MetricSchema
import Testing

extension KernelTier {
    /// Packets that the kernel is made to drop, and exactly those in the numbers.
    @Suite
    struct DropTests {
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
                let labels = [lab.pod(1), "reason=\"no_socket\"", "direction=\"ingress\""]
                #expect(
                    reading.sum(Catalog.podDropPackets.descriptor, labels[0], labels[1], labels[2])
                        == 2000)
                let header: UInt64 = six ? 40 : 20
                #expect(
                    reading.sum(Catalog.podDropBytes.descriptor, labels[0], labels[1], labels[2])
                        == 2000 * (header + 8 + 18))
            }
        }
    }
}
