import LinuxBackend
import MetricSchema
import TestSupport
import Testing

extension KernelTier {
    /// Known traffic through namespaces, and exactly that in the numbers.
    @Suite
    struct ExactnessTests {
        /// What the kernel's counters of a host-side link and ours say grew.
        private struct Grown: Equatable, CustomStringConvertible {
            var sent: [UInt64]
            var received: [UInt64]
            var description: String { "sent \(sent) received \(received) (packets, bytes)" }
        }

        private func linkCounters(_ lab: Lab, _ place: Int) throws -> Grown {
            Grown(
                sent: [try lab.counter(place, "rx_packets"), try lab.counter(place, "rx_bytes")],
                received: [
                    try lab.counter(place, "tx_packets"), try lab.counter(place, "tx_bytes"),
                ])
        }

        private func ourCounters(_ reading: Reading, _ pod: String) -> Grown {
            func both(_ direction: String) -> [UInt64] {
                [
                    reading.sum(Catalog.podPackets.descriptor, pod, direction),
                    reading.sum(Catalog.podBytes.descriptor, pod, direction),
                ]
            }
            return Grown(sent: both("egress"), received: both("ingress"))
        }

        private func grown(_ before: Grown, _ after: Grown) -> Grown {
            Grown(
                sent: zip(after.sent, before.sent).map { $0 &- $1 },
                received: zip(after.received, before.received).map { $0 &- $1 })
        }

        /// A scrape during which no packet came: a connection's last acknowledgement may follow its end.
        private func quietScrape(_ observed: Observed, _ lab: Lab) throws -> (Reading, [Grown]) {
            for _ in 0..<100 {
                let before = try lab.hosts.indices.map { try linkCounters(lab, $0) }
                let reading = try observed.scrape()
                if try lab.hosts.indices.map({ try linkCounters(lab, $0) }) == before {
                    return (reading, before)
                }
            }
            throw CommandFailure(command: "waiting for quiet", output: "packets keep coming")
        }

        /// Runs traffic and holds our counters against the links' own, and flows against our counters.
        /// `tagBytes` went to the receiver beside the packets, where its link's counter does not see them.
        private func check(
            _ name: String, settings: LinuxSettings = LinuxSettings(), tagBytes: UInt64 = 0,
            traffic: (Lab) throws -> Void,
            also more: (Reading, Lab) throws -> Void = { _, _ in }
        ) async throws {
            let lab = try Lab(name)
            try await Observed.during(settings) { observed in
                let (start, links) = try quietScrape(observed, lab)
                try traffic(lab)
                let (end, after) = try quietScrape(observed, lab)
                for place in lab.hosts.indices {
                    let pod = "pod=\"\(lab.hosts[place])\""
                    var kernel = grown(links[place], after[place])
                    if place == 1 { kernel.received[1] += tagBytes }
                    let ours = grown(ourCounters(start, pod), ourCounters(end, pod))
                    #expect(ours == kernel, "\(lab.hosts[place])")
                    expectDetailAddsUp(end, lab.hosts[place])
                }
                try more(end, lab)
            }
        }

        /// Flows, and what is in none, add up to the endpoint's totals.
        private func expectDetailAddsUp(_ reading: Reading, _ host: String) {
            let ends = [("egress", "source_pod"), ("ingress", "destination_pod")]
            for (direction, end) in ends {
                let way = "direction=\"\(direction)\""
                let packets =
                    reading.sum(Catalog.flowPackets.descriptor, "\(end)=\"\(host)\"", way)
                    + reading.sum(Catalog.podUndetailedPackets.descriptor, "pod=\"\(host)\"", way)
                #expect(
                    packets == reading.sum(Catalog.podPackets.descriptor, "pod=\"\(host)\"", way),
                    "\(host) \(way)")
                let bytes =
                    reading.sum(Catalog.flowBytes.descriptor, "\(end)=\"\(host)\"", way)
                    + reading.sum(Catalog.podUndetailedBytes.descriptor, "pod=\"\(host)\"", way)
                #expect(
                    bytes == reading.sum(Catalog.podBytes.descriptor, "pod=\"\(host)\"", way),
                    "\(host) \(way)")
            }
        }

        private func flow(_ reading: Reading, _ lab: Lab, _ transport: String) -> UInt64 {
            reading.sum(
                Catalog.flowPackets.descriptor, "source_pod=\"\(lab.hosts[0])\"",
                "destination_pod=\"\(lab.hosts[1])\"", "protocol=\"\(transport)\"", "egress")
        }

        @Test func `UDP at full speed is counted to the packet`() async throws {
            try await check("udp") { lab in
                try lab.serve(1, "udp-sink", "--port", "9000")
                try lab.traffic(
                    0, "udp-send", "--to", lab.address(1), "--port", "9000", "--count", "300000")
            } also: { reading, lab in
                #expect(flow(reading, lab, "udp") == 300_000)
            }
        }

        @Test func `A hundred thousand flows are counted to the packet`() async throws {
            try await check("many") { lab in
                try lab.traffic(
                    0, "udp-send", "--to", lab.address(1), "--port", "2000", "--count", "300000",
                    "--flows",
                    "100000")
            }
        }

        @Test func `Eight TCP streams are counted to the packet`() async throws {
            try await check("tcp") { lab in
                try lab.serve(1, "tcp-serve", "--port", "9001", "--sink")
                try lab.traffic(
                    0, "tcp-stream", "--to", lab.address(1), "--port", "9001", "--streams", "8",
                    "--bytes",
                    "20000000")
            } also: { reading, lab in
                #expect(flow(reading, lab, "tcp") > 0)
            }
        }

        @Test func `Wire segments of an aggregated stream are what TCP says it sent`() async throws
        {
            let lab = try Lab("seg")
            try await Observed.during { observed in
                try lab.serve(1, "tcp-serve", "--port", "9001", "--sink")
                let sent = try lab.traffic(
                    0, "tcp-stream", "--to", lab.address(1), "--port", "9001", "--bytes", "20000000"
                )
                let reading = try observed.scrape()
                let segments = reading.sum(
                    Catalog.podSegments.descriptor, "pod=\"\(lab.hosts[0])\"", "egress")
                let streams = try #require(sent["stream"] as? [[String: Any]])
                let out = try #require(streams.first?["segs_out"] as? Int)
                #expect(segments == UInt64(out))
            }
        }

        @Test func `Connection churn is counted to the packet`() async throws {
            try await check("churn") { lab in
                try lab.serve(1, "tcp-serve", "--port", "9002", "--reply", "64", "--request", "64")
                try lab.traffic(
                    0, "tcp-churn", "--to", lab.address(1), "--port", "9002", "--count", "5000",
                    "--from-port", "20000")
            }
        }

        @Test func `Connections evicted by the thousand are added up by server, and none is lost`()
            async throws
        {
            var settings = LinuxSettings()
            settings.flowCacheBytes = 65_536
            try await check("fold", settings: settings) { lab in
                try lab.serve(1, "tcp-serve", "--port", "9002", "--reply", "64", "--request", "64")
                try lab.traffic(
                    0, "tcp-churn", "--to", lab.address(1), "--port", "9002", "--count", "5000",
                    "--from-port", "20000")
            } also: { reading, lab in
                #expect(
                    reading.sum(Catalog.podUndetailedPackets.descriptor, "cause=\"spill_full\"")
                        == 0)
                #expect(reading.sum(Catalog.flowEvictions.descriptor) > 5000)
            }
        }

        @Test func `IPv6 is counted to the packet`() async throws {
            try await check("six") { lab in
                try lab.serve(1, "udp-sink", "--port", "9000")
                try lab.traffic(
                    0, "udp-send", "--to", lab.address6(1), "--port", "9000", "--count", "100000")
            } also: { reading, lab in
                #expect(flow(reading, lab, "udp") == 100_000)
            }
        }

        @Test func `Fragments are counted to the packet`() async throws {
            try await check("frag") { lab in
                try lab.serve(1, "udp-sink", "--port", "9000")
                try lab.traffic(
                    0, "udp-send", "--to", lab.address(1), "--port", "9000", "--count", "5000",
                    "--size", "4000")
            } also: { reading, lab in
                #expect(flow(reading, lab, "udp") == 15_000)
            }
        }

        @Test(arguments: [("vlan", "8100 0005"), ("qinq", "88a8 0007 8100 0005")])
        func `Tagged frames are counted to the packet, and as flows`(name: String, tags: String)
            async throws
        {
            try await check(name, tagBytes: 4 * 20_000) { lab in
                let frame =
                    "027700000002 027700000001 \(tags) 0800 4500002e000040004011 0000 0a4d0001 0a4d0002"
                    + " 30392328001a0000 000000000000000000000000000000000000"
                try lab.traffic(0, "raw", "--interface", "eth0", "--count", "20000", "--hex", frame)
            } also: { reading, lab in
                #expect(flow(reading, lab, "udp") == 20_000)
            }
        }

        @Test func `With cache and spill map full, totals stay exact and lost detail is counted`()
            async throws
        {
            var settings = LinuxSettings()
            settings.flowCacheBytes = 65_536
            settings.spillEntries = 64
            try await check("full", settings: settings) { lab in
                try lab.traffic(
                    0, "udp-send", "--to", lab.address(1), "--port", "2000", "--count", "200000",
                    "--flows",
                    "20000")
            } also: { reading, lab in
                let lost = reading.sum(
                    Catalog.podUndetailedPackets.descriptor, "pod=\"\(lab.hosts[0])\"", "spill_full"
                )
                #expect(lost > 0)
            }
        }

        @Test func `clsact filters count what tcx links count`() async throws {
            var settings = LinuxSettings()
            settings.tcx = false
            try await check("filter", settings: settings) { lab in
                try lab.serve(1, "udp-sink", "--port", "9000")
                try lab.traffic(
                    0, "udp-send", "--to", lab.address(1), "--port", "9000", "--count", "50000")
            } also: { reading, lab in
                #expect(flow(reading, lab, "udp") == 50_000)
            }
        }
    }
}
