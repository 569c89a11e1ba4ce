import Glibc
import LinuxBackend
import MetricSchema
import Observability
import Testing

extension KernelTier {
    /// Real connections, over a link of known latency or with known loss.
    @Suite
    struct TCPTrafficTests {
        private func pod(_ lab: Lab, _ place: Int) -> String { "pod=\"\(lab.hosts[place])\"" }

        @Test(arguments: [false, true])
        func `Handshakes and round trips take what the link was given`(six: Bool) async throws {
            let lab = try Lab(six ? "rtt6" : "rtt4")
            let delay = 0.020
            try lab.delay(milliseconds: delay * 1000)
            var settings = LinuxSettings()
            settings.apiServers = [
                ServerAddress(
                    address: try #require(IPAddress(six ? lab.address6(1) : lab.address(1))),
                    port: 9002)
            ]
            try await Observed.during(settings) { observed in
                try lab.serve(1, "tcp-serve", "--port", "9002", "--reply", "64", "--request", "64")
                try lab.traffic(
                    0, "tcp-churn", "--to", six ? lab.address6(1) : lab.address(1), "--port",
                    "9002", "--count", "20", "--concurrency", "4")
                let reading = try observed.scrape()
                func check(
                    _ metric: MetricDescriptor, _ count: ClosedRange<UInt64>, _ labels: String...
                ) {
                    let histogram = reading.histogram(metric, labels)
                    #expect(count.contains(histogram.count), "\(metric.name) \(labels)")
                    let mean = Double(histogram.nanoseconds) / 1e9 / Double(histogram.count)
                    #expect(abs(mean / (2 * delay) - 1) < 0.1, "\(metric.name) \(labels): \(mean)")
                }
                let handshake = Catalog.podTCPHandshake.descriptor
                check(handshake, 20...20, pod(lab, 0), "role=\"client\"", "step=\"synack\"")
                check(handshake, 20...20, pod(lab, 1), "role=\"server\"", "step=\"ack\"")
                check(Catalog.podTCPRoundTrip.descriptor, 20...20, pod(lab, 0))
                check(Catalog.podTCPRoundTrip.descriptor, 20...20, pod(lab, 1))
                check(Catalog.podServerHandshake.descriptor, 20...20, pod(lab, 0))
                check(Catalog.podServerRoundTrip.descriptor, 20...20, pod(lab, 0))
                func check(
                    _ metrics: (times: MetricDescriptor, seconds: MetricDescriptor), _ from: Int,
                    _ to: Int, _ labels: String...
                ) {
                    let source = "source_pod=\"\(lab.hosts[from])\""
                    let destination = "destination_pod=\"\(lab.hosts[to])\""
                    let labels = [source, destination] + labels
                    let times = reading.rows(metrics.times).filter { row in
                        labels.allSatisfy { row.labels.contains($0) }
                    }.map(\.value)
                    #expect(times == [20], "\(metrics.times.name) \(labels)")
                    let mean = reading.total(metrics.seconds, labels) / 20
                    #expect(abs(mean / (2 * delay) - 1) < 0.1, "\(metrics.seconds.name): \(mean)")
                }
                let handshakes = (
                    Catalog.flowTCPHandshakes.descriptor, Catalog.flowTCPHandshakeSeconds.descriptor
                )
                check(handshakes, 0, 1, "role=\"client\"", "step=\"synack\"")
                check(handshakes, 1, 0, "role=\"server\"", "step=\"ack\"")
                let roundTrips = (
                    Catalog.flowTCPRoundTrips.descriptor, Catalog.flowTCPRoundTripSeconds.descriptor
                )
                check(roundTrips, 0, 1)
                check(roundTrips, 1, 0)
                let own = reading.histogram(
                    handshake, [pod(lab, 1), "role=\"server\"", "step=\"synack\""])
                #expect(own.count == 20)
                #expect(Double(own.nanoseconds) / 1e9 / 20 < delay / 4)
            }
        }

        @Test func `Every flag of short connections is counted, and nothing is out of order`()
            async throws
        {
            let lab = try Lab("flag")
            try await Observed.during { observed in
                try lab.serve(1, "tcp-serve", "--port", "9002", "--reply", "64", "--request", "64")
                try lab.traffic(
                    0, "tcp-churn", "--to", lab.address(1), "--port", "9002", "--count", "1000",
                    "--from-port", "20000")
                let reading = try observed.scrape()
                let flags = Catalog.podTCPFlags.descriptor
                for (place, sent, got) in [(0, "syn", "synack"), (1, "synack", "syn")] {
                    for flag in [sent, "fin"] {
                        #expect(
                            reading.sum(
                                flags, pod(lab, place), "\"egress\"", "flag=\"\(flag)\"") == 1000)
                    }
                    for flag in [got, "fin"] {
                        #expect(
                            reading.sum(
                                flags, pod(lab, place), "\"ingress\"", "flag=\"\(flag)\"") == 1000)
                    }
                    #expect(reading.sum(flags, pod(lab, place), "flag=\"rst\"") == 0)
                    #expect(
                        reading.sum(
                            Catalog.podTCPResequencedPackets.descriptor, pod(lab, place),
                            "retransmission") == 0)
                    #expect(
                        reading.sum(Catalog.podTCPUntracked.descriptor, pod(lab, place)) == 0)
                }
            }
        }

        @Test(arguments: [false, true])
        func `Retransmissions are what the sender's socket says it sent again`(six: Bool)
            async throws
        {
            let lab = try Lab(six ? "loss6" : "loss4")
            try lab.loseSegments(to: 9001, at: 1)
            try await Observed.during { observed in
                try lab.serve(1, "tcp-serve", "--port", "9001", "--sink")
                let sent = try lab.traffic(
                    0, "tcp-stream", "--to", six ? lab.address6(1) : lab.address(1), "--port",
                    "9001", "--bytes", "5000000")
                let streams = try #require(sent["stream"] as? [[String: Any]])
                let again = try #require(streams.first?["total_retrans"] as? Int)
                let reading = try observed.scrape()
                let counted = reading.sum(
                    Catalog.podTCPResequencedPackets.descriptor, pod(lab, 0), "\"egress\"",
                    "retransmission")
                print("sent again: \(again) segments by TCP_INFO, \(counted) by packets")
                #expect(again > 0)
                #expect(counted == UInt64(again))
            }
        }

        @Test(arguments: [false, true])
        func `What was lost on the way comes late to the receiver's link, to the byte`(six: Bool)
            async throws
        {
            let lab = try Lab(six ? "late6" : "late4")
            let table = "bridge fvk_late"
            _ = try? Lab.run("nft", "delete table \(table)")
            try Lab.run("nft", "add table \(table)")
            defer { _ = try? Lab.run("nft", "delete table \(table)") }
            try Lab.run(
                "nft", "add chain \(table) c { type filter hook forward priority 0; }")
            // Behind the sender's link and before the receiver's.
            try Lab.run(
                "nft",
                "add rule \(table) c iifname \(lab.link(0)) tcp dport 9004 meta length > 500 "
                    + "numgen inc mod 60 == 30 counter drop")
            try await Observed.during { observed in
                try lab.serve(1, "tcp-serve", "--port", "9004", "--sink")
                try lab.traffic(
                    0, "tcp-stream", "--to", six ? lab.address6(1) : lab.address(1), "--port",
                    "9004", "--bytes", "8000000")
                let reading = try observed.scrape()
                let said = try Lab.run("nft", "list table \(table)")
                let words = said.split(separator: "counter packets ").dropFirst().first?
                    .split(separator: " ")
                let packets = try #require(words?.first.flatMap { UInt64($0) })
                let bytes = try #require(words?.dropFirst(2).first.flatMap { UInt64($0) })
                // One header for each, with timestamps, however many segments are in it.
                let lost = bytes - packets * (six ? 72 : 52)
                func counted(_ place: Int, _ way: String, _ kind: String) -> UInt64 {
                    reading.sum(
                        Catalog.podTCPResequencedBytes.descriptor, pod(lab, place), way,
                        "kind=\"\(kind)\"")
                }
                let late = counted(1, "\"ingress\"", "late")
                let unclear = counted(1, "\"ingress\"", "unclear")
                print(
                    "lost on the way: \(lost) bytes in \(packets); late \(late), unclear \(unclear)"
                )
                #expect(packets > 0 && late > 0)
                // What falls among several gaps at a time is not told from what passed before.
                #expect(late <= lost && lost <= late + unclear)
                #expect(
                    counted(0, "\"egress\"", "retransmission") >= lost
                        && counted(0, "\"egress\"", "late") == 0)
            }
        }

        @Test func `A receiver that does not read says so with windows of nought`() async throws {
            let lab = try Lab("zero")
            try await Observed.during { observed in
                try lab.serve(1, "tcp-serve", "--port", "9003", "--sink")
                // The kernel goes on accepting for a process that stands still.
                lab.signalServers(SIGSTOP)
                defer { lab.signalServers(SIGCONT) }
                _ = try? lab.traffic(
                    0, "tcp-stream", "--to", lab.address(1), "--port", "9003", "--bytes",
                    "50000000", "--timeout", "2")
                let reading = try observed.scrape()
                let zero = Catalog.podTCPZeroWindows.descriptor
                #expect(reading.sum(zero, pod(lab, 1), "\"egress\"") > 0)
                #expect(
                    reading.sum(zero, pod(lab, 1), "\"egress\"")
                        == reading.sum(zero, pod(lab, 0), "\"ingress\""))
                #expect(reading.sum(zero, pod(lab, 0), "\"egress\"") == 0)
            }
        }
    }
}
