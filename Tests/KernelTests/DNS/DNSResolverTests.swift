import LinuxBackend
import MetricSchema
import Testing

extension KernelTier {
    /// A real resolver and real clients, and exactly what these say in the numbers.
    @Suite(.enabled(if: Resolver.isInstalled, "needs Debian's unbound and dnsperf"))
    struct DNSResolverTests {
        private static let questions = [
            "www.example.test A", "www.example.test AAAA", "missing.example.test A",
            "www.broken.test A", "www.example.test TXT",
        ]

        private func pod(_ lab: Lab, _ place: Int) -> String { "pod=\"\(lab.hosts[place])\"" }

        /// What client and server each saw of queries and responses.
        private func expect(_ reading: Reading, _ lab: Lab, _ perf: DNSPerf, _ transport: String) {
            let way = "protocol=\"\(transport)\""
            for (place, role) in [(0, "role=\"client\""), (1, "role=\"server\"")] {
                let pod = pod(lab, place)
                #expect(reading.sum(Catalog.podDNSQueries.descriptor, pod, role) == perf.sent)
                #expect(reading.sum(Catalog.podDNSQueries.descriptor, pod, role, way) == perf.sent)
                for code in ["noerror", "nxdomain", "servfail", "refused"] {
                    #expect(
                        reading.sum(
                            Catalog.podDNSResponses.descriptor, pod, role, way,
                            "rcode=\"\(code)\"") == perf.codes[code.uppercased()] ?? 0, "\(code)")
                }
                #expect(
                    reading.sum(Catalog.podDNSResponseTime.descriptor, pod, role)
                        == perf.completed)
                for metric in [
                    Catalog.podDNSTimeouts, Catalog.podDNSUnmatched, Catalog.podDNSRepeated,
                    Catalog.podDNSTruncated,
                ] {
                    #expect(reading.sum(metric.descriptor, pod) == 0, "\(metric.descriptor.name)")
                }
                #expect(reading.sum(Catalog.podDNSMalformed.descriptor, pod) == 0)
            }
        }

        @Test(arguments: [false, true])
        func `Queries, responses by code and latencies over UDP are dnsperf's`(six: Bool)
            async throws
        {
            let lab = try Lab(six ? "du6" : "du4")
            let resolver = try Resolver(lab, 1)
            try await Observed.during { observed in
                let perf = try DNSPerf(
                    lab, 0, server: six ? lab.address6(1) : lab.address(1),
                    questions: Self.questions, times: 1_000, "-c", "4", "-q", "50")
                #expect(perf.sent == 5_000 && perf.lost == 0)
                #expect(perf.codes == ["NOERROR": 3_000, "NXDOMAIN": 1_000, "SERVFAIL": 1_000])
                let reading = try observed.scrape()
                expect(reading, lab, perf, "udp")
                let types = ["a": 3_000, "aaaa": 1_000, "txt": 1_000] as [String: UInt64]
                for (type, count) in types {
                    #expect(
                        reading.sum(
                            Catalog.podDNSQueries.descriptor, pod(lab, 0), "type=\"\(type)\"")
                            == count)
                }
            }
            withExtendedLifetime(resolver) {}
        }

        @Test(arguments: [false, true])
        func `Queries, responses by code and latencies over TCP are dnsperf's`(six: Bool)
            async throws
        {
            let lab = try Lab(six ? "dt6" : "dt4")
            let resolver = try Resolver(lab, 1)
            try await Observed.during { observed in
                let perf = try DNSPerf(
                    lab, 0, server: six ? lab.address6(1) : lab.address(1),
                    questions: Self.questions, times: 400, "-m", "tcp", "-c", "4", "-q", "20")
                #expect(perf.sent == 2_000 && perf.lost == 0)
                let reading = try observed.scrape()
                expect(reading, lab, perf, "tcp")
            }
            withExtendedLifetime(resolver) {}
        }

        @Test(arguments: [false, true])
        func `A client that falls back to TCP after a truncated response is seen to do so`(
            six: Bool
        ) async throws {
            let lab = try Lab(six ? "dc6" : "dc4")
            let resolver = try Resolver(lab, 1)
            try await Observed.during { observed in
                // glibc's own resolver: no EDNS, so 512 bytes. `ip netns exec` gives it mounts of its own.
                let said = try lab.inside(
                    0, "bash", "-c",
                    "f=$(mktemp) && echo nameserver \(six ? lab.address6(1) : lab.address(1)) >$f"
                        + " && mount --bind $f /etc/resolv.conf && rm $f;"
                        + " getent ahostsv4 many.example.test | grep -c STREAM")
                #expect(said.hasSuffix("60\n"))
                let reading = try observed.scrape()
                for (place, role) in [(0, "role=\"client\""), (1, "role=\"server\"")] {
                    let pod = pod(lab, place)
                    for transport in ["protocol=\"udp\"", "protocol=\"tcp\""] {
                        #expect(
                            reading.sum(Catalog.podDNSQueries.descriptor, pod, role, transport)
                                == 1)
                        #expect(
                            reading.sum(Catalog.podDNSResponses.descriptor, pod, role, transport)
                                == 1)
                    }
                    #expect(reading.sum(Catalog.podDNSTruncated.descriptor, pod, role) == 1)
                    #expect(reading.sum(Catalog.podDNSResponseTime.descriptor, pod, role) == 2)
                }
            }
            withExtendedLifetime(resolver) {}
        }

        @Test(arguments: [false, true])
        func `Queries into a black hole are timed out, as many as dnsperf lost`(six: Bool)
            async throws
        {
            let lab = try Lab(six ? "db6" : "db4")
            var settings = LinuxSettings()
            settings.dns.timeout = 1
            try lab.inside(1, "nft", "add table inet t")
            try lab.inside(1, "nft", "add chain inet t c { type filter hook input priority 0; }")
            try lab.inside(1, "nft", "add rule inet t c udp dport 53 drop")
            try await Observed.during(settings) { observed in
                let perf = try DNSPerf(
                    lab, 0, server: six ? lab.address6(1) : lab.address(1),
                    questions: Self.questions, times: 20, "-q", "100", "-t", "2")
                #expect(perf.sent == 100 && perf.lost == 100)
                let reading = try observed.scrape()
                for (place, role) in [(0, "role=\"client\""), (1, "role=\"server\"")] {
                    let pod = pod(lab, place)
                    #expect(reading.sum(Catalog.podDNSQueries.descriptor, pod, role) == 100)
                    #expect(reading.sum(Catalog.podDNSTimeouts.descriptor, pod, role) == 100)
                    #expect(reading.sum(Catalog.podDNSResponses.descriptor, pod) == 0)
                }
                #expect(
                    try observed.scrape().sum(Catalog.podDNSTimeouts.descriptor, pod(lab, 0)) == 100
                )
            }
        }
    }

    /// Settings, with the project's own client and server.
    @Suite
    struct DNSSettingsTests {
        private func ask(
            _ lab: Lab, port: String = "53", count: String, name: String = "www.example.com"
        ) throws {
            try lab.traffic(
                0, "dns-query", "--to", lab.address(1), "--port", port, "--count", count, "--name",
                name)
        }

        @Test func `Only the configured ports are DNS`() async throws {
            let lab = try Lab("dport")
            var settings = LinuxSettings()
            settings.dns.ports = [8053]
            try await Observed.during(settings) { observed in
                for port in ["53", "8053"] {
                    try lab.serve(1, "dns-serve", "--port", port)
                    try ask(lab, port: port, count: port == "53" ? "7" : "40")
                }
                let reading = try observed.scrape()
                for place in 0...1 {
                    let pod = "pod=\"\(lab.hosts[place])\""
                    #expect(reading.sum(Catalog.podDNSQueries.descriptor, pod) == 40)
                    #expect(reading.sum(Catalog.podDNSResponses.descriptor, pod) == 40)
                    #expect(reading.sum(Catalog.podDNSResponseTime.descriptor, pod) == 40)
                }
            }
        }

        @Test func `Names and the overflow add up to all queries`() async throws {
            let lab = try Lab("dname")
            var settings = LinuxSettings()
            settings.dns.names = true
            settings.dns.topNames = 2
            try await Observed.during(settings) { observed in
                try lab.serve(1, "dns-serve", "--port", "53")
                for (name, count) in [
                    ("www.example.com", "30"), ("nx.example.com", "20"), ("db.example.com", "10"),
                    ("api.example.com", "5"),
                ] {
                    try ask(lab, count: count, name: name)
                }
                let reading = try observed.scrape()
                for place in 0...1 {
                    let pod = "pod=\"\(lab.hosts[place])\""
                    func queries(_ label: String) -> UInt64 {
                        reading.sum(Catalog.podDNSNameQueries.descriptor, pod, label)
                    }
                    #expect(queries("query=\"www.example.com\"") == 30)
                    #expect(queries("query=\"nx.example.com\"") == 20)
                    #expect(queries("overflow=\"true\"") == 15)
                    #expect(reading.sum(Catalog.podDNSNameQueries.descriptor, pod) == 65)
                    #expect(
                        reading.sum(
                            Catalog.podDNSNameResponses.descriptor, pod, "rcode=\"nxdomain\"",
                            "query=\"nx.example.com\"") == 20)
                    #expect(
                        reading.sum(
                            Catalog.podDNSNameResponses.descriptor, pod, "overflow=\"true\"") == 15)
                }
            }
        }

        @Test func `Without packet counting DNS says what it lacks`() async throws {
            var settings = LinuxSettings()
            settings.packets = false
            try await Observed.during(settings) { observed in
                let capability = observed.backend.capabilities.first { $0.name == "DNS counting" }
                #expect(capability?.missing != nil)
                #expect(capability?.absentMetrics.count == Catalog.dns.count)
            }
        }
    }
}
