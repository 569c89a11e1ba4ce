import LinuxBackend
import MetricSchema
import Observability
import TestSupport
import Testing

extension KernelTier {
    /// A client (0) asks a service's address, which a router (1) turns into the server's (2), and itself into
    /// the source: what kube-proxy's rules do.
    @Suite
    struct TranslationTests {
        @Test(arguments: [false, true])
        func `A flow to a service is the client's and the server's, at both of them`(six: Bool)
            async throws
        {
            let lab = try Lab(six ? "nt6" : "nt4", hosts: 3)
            let service = try lab.makeService(six: six)
            var settings = LinuxSettings()
            settings.conntrackEvents = true
            settings.conntrackNamespace = "/run/netns/\(lab.hosts[1])"
            try await Observed.during(settings) { observed in
                let before = try [0, 2].map { try lab.counter($0, "rx_packets") }
                try lab.traffic(0, "tcp-churn", "--to", service, "--port", "80", "--count", "50")
                let reading = try await settled(observed, lab)
                let sent = try zip([0, 2], before).map { try lab.counter($0, "rx_packets") - $1 }
                func flow(_ source: Int, _ destination: Int, _ way: String) -> UInt64 {
                    reading.sum(
                        Catalog.flowPackets.descriptor, "source_pod=\"\(lab.hosts[source])\"",
                        "destination_pod=\"\(lab.hosts[destination])\"", "protocol=\"tcp\"",
                        "direction=\"\(way)\"")
                }
                #expect(sent[0] >= 50 * 5)
                #expect(flow(0, 2, "egress") == sent[0])
                #expect(flow(0, 2, "ingress") == sent[0])
                #expect(flow(2, 0, "egress") == sent[1])
                #expect(flow(2, 0, "ingress") == sent[1])
                for place in lab.hosts.indices {
                    let way = "direction=\"egress\""
                    let pod = lab.hosts[place]
                    #expect(
                        reading.sum(
                            Catalog.flowPackets.descriptor, "source_pod=\"\(pod)\"", way)
                            >= reading.sum(Catalog.podPackets.descriptor, "pod=\"\(pod)\"", way)
                            - reading.sum(
                                Catalog.podUndetailedPackets.descriptor, "pod=\"\(pod)\"", way))
                }
            }
        }

        @Test func `Ports held towards a destination are the connections to it`() async throws {
            let lab = try Lab("snat", hosts: 3)
            let service = try lab.makeService(six: false)
            try lab.traffic(0, "tcp-churn", "--to", service, "--port", "80", "--count", "70")
            var settings = LinuxSettings()
            settings.conntrackInterval = 1
            try await Observed.during(settings) { observed in
                var reading = Reading()
                for _ in 0..<100 {
                    reading = try observed.scrape()
                    if reading.sum(Catalog.snatEntries.descriptor) > 0 { break }
                    try await Task.sleep(for: .milliseconds(50))
                }
                let use = [
                    "snat_address=\"\(lab.address(1))\"", "destination=\"\(lab.address(2)):7001\"",
                ]
                #expect(
                    reading.sum(
                        Catalog.podSNATEntries.descriptor, "pod=\"\(lab.hosts[0])\"", use[0],
                        use[1]) == 70)
                #expect(reading.sum(Catalog.snatEntries.descriptor, use[0], use[1]) == 70)
                #expect(reading.sum(Catalog.snatEntries.descriptor) == 70)
            }
        }

        /// A scrape after which no packet came.
        private func settled(_ observed: Observed, _ lab: Lab) async throws -> Reading {
            for _ in 0..<100 {
                let before = try lab.hosts.indices.map { try lab.counter($0, "rx_packets") }
                let reading = try observed.scrape()
                try await Task.sleep(for: .milliseconds(20))
                if try lab.hosts.indices.map({ try lab.counter($0, "rx_packets") }) == before {
                    return reading
                }
            }
            throw CommandFailure(command: "waiting for quiet", output: "packets keep coming")
        }
    }
}
