import Foundation
import LinuxBackend
import MetricSchema
import TestSupport
import Testing

extension KernelTier {
    /// Connections whose fate is known, and exactly that in the numbers.
    @Suite
    struct TCPSocketTests {
        /// What the sockets of one of a lab's hosts are said to have gone through.
        private struct Pod {
            let lab: Lab
            let place: Int
            let reading: Reading

            private var label: String { "pod=\"\(lab.hosts[place])\"" }

            func established(_ role: String) -> UInt64 {
                reading.sum(Catalog.podTCPEstablished.descriptor, label, "role=\"\(role)\"")
            }
            func closed(_ ending: String) -> UInt64 {
                reading.sum(Catalog.podTCPClosed.descriptor, label, "ending=\"\(ending)\"")
            }
            func failed(_ reason: String) -> UInt64 {
                reading.sum(Catalog.podTCPFailed.descriptor, label, "reason=\"\(reason)\"")
            }
            func retransmitted(_ segment: String) -> UInt64 {
                reading.sum(
                    Catalog.podTCPRetransmittedPackets.descriptor, label, "segment=\"\(segment)\"")
            }
            var closed: UInt64 { reading.sum(Catalog.podTCPClosed.descriptor, label) }
            var failed: UInt64 { reading.sum(Catalog.podTCPFailed.descriptor, label) }
            var retransmittedBytes: UInt64 {
                reading.sum(Catalog.podTCPRetransmittedBytes.descriptor, label)
            }
            var resetsReceived: UInt64 {
                reading.sum(Catalog.podTCPResetsReceived.descriptor, label)
            }
            var halfOpenEnded: UInt64 {
                reading.sum(Catalog.podTCPHalfOpenEnded.descriptor, label)
            }
            var unmeasured: UInt64 { reading.sum(Catalog.podTCPUnmeasured.descriptor, label) }
            var connect: LatencyHistogram {
                reading.histogram(Catalog.podTCPConnectSeconds.descriptor, [label])
            }
            var accept: LatencyHistogram {
                reading.histogram(Catalog.podTCPAcceptSeconds.descriptor, [label])
            }
            var roundTrip: LatencyHistogram {
                reading.histogram(Catalog.podTCPRoundTripSeconds.descriptor, [label])
            }
            var resetsSent: UInt64 { reading.sum(Catalog.podTCPResetsSent.descriptor, label) }
            func resetsSent(_ reason: String) -> UInt64 {
                reading.sum(Catalog.podTCPResetsSent.descriptor, label, "reason=\"\(reason)\"")
            }
        }

        /// Scrapes until what is still under way is over, or ten seconds are.
        private func settled(
            _ observed: Observed, _ lab: Lab, until isOver: (Pod, Pod) throws -> Bool
        ) async throws -> (client: Pod, server: Pod) {
            let start = ContinuousClock.now
            while true {
                let reading = try observed.scrape()
                let client = Pod(lab: lab, place: 0, reading: reading)
                let server = Pod(lab: lab, place: 1, reading: reading)
                if try isOver(client, server) || ContinuousClock.now - start > .seconds(10) {
                    return (client, server)
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        private func address(_ lab: Lab, _ six: Bool) -> String {
            six ? lab.address6(1) : lab.address(1)
        }

        /// Connections that fail are a failure to who makes them: its exit status says nothing here.
        private func attempt(_ lab: Lab, _ arguments: String...) throws -> [String: Any] {
            let command = ([Lab.trafficPath] + arguments).joined(separator: " ")
            let output = try lab.inside(0, "sh", "-c", "\(command) || true")
            let line = output.split(separator: "\n").last { $0.hasPrefix("{") } ?? "{}"
            return try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
        }

        /// One of the counters that the stack of a namespace keeps itself.
        private func counter(_ lab: Lab, _ place: Int, _ file: String, _ name: String) throws
            -> UInt64
        {
            let lines = try lab.inside(place, "cat", "/proc/net/\(file)").split(separator: "\n")
                .map { $0.split(separator: " ") }
            for (names, values) in zip(lines, lines.dropFirst()) where names[0] == values[0] {
                if let column = names.firstIndex(of: Substring(name)) {
                    return try #require(UInt64(values[column]))
                }
            }
            throw CommandFailure(command: file, output: "no \(name)")
        }

        @Test(arguments: [false, true])
        func `Half-open connections that nobody completes end, and are counted to the one`(
            six: Bool
        ) async throws {
            let lab = try Lab(six ? "half6" : "half4")
            try lab.inside(0, "nft", "add table inet t")
            try lab.inside(0, "nft", "add chain inet t c { type filter hook input priority 0; }")
            try lab.inside(
                0, "nft", "add rule inet t c tcp sport 7001 tcp flags & (syn|ack) == syn|ack drop")
            // Once more after a second; two later the kernel forgets it.
            try lab.inside(1, "sysctl", "-qw", "net.ipv4.tcp_synack_retries=1")
            var settings = LinuxSettings()
            settings.halfOpenTimeout = 3
            try await Observed.during(settings) { observed in
                try lab.serve(1, "tcp-serve", "--port", "7001", "--request", "64", "--reply", "64")
                try lab.serve(1, "tcp-serve", "--port", "7002", "--request", "64", "--reply", "64")
                _ = try attempt(
                    lab, "tcp-churn", "--to", address(lab, six), "--port", "7001", "--count", "3",
                    "--concurrency", "3", "--timeout", "0.3")
                try lab.traffic(
                    0, "tcp-churn", "--to", address(lab, six), "--port", "7002", "--count", "5")
                let (_, server) = try await settled(observed, lab) {
                    $1.halfOpenEnded >= 3 && $1.closed >= 5
                }
                #expect(server.halfOpenEnded == 3)
                #expect(server.retransmitted("syn_ack") == 3)
                #expect(server.established("server") == 5)
            }
        }

        @Test(arguments: [false, true])
        func `Connections opened, accepted and closed are counted to the one`(six: Bool)
            async throws
        {
            let lab = try Lab("tcp")
            try await Observed.during { observed in
                try lab.serve(1, "tcp-serve", "--port", "7001", "--request", "64", "--reply", "64")
                try lab.traffic(
                    0, "tcp-churn", "--to", address(lab, six), "--port", "7001", "--count", "5000",
                    "--concurrency", "16")
                let (client, server) = try await settled(observed, lab) {
                    $0.closed >= 5000 && $1.closed >= 5000
                }
                #expect(client.established("client") == 5000)
                #expect(client.established("server") == 0)
                #expect(server.established("server") == 5000)
                #expect(server.established("client") == 0)
                #expect(client.closed("closed") == 5000 && client.closed == 5000)
                #expect(server.closed("closed") == 5000 && server.closed == 5000)
                #expect(client.failed == 0 && server.failed == 0)
                #expect(client.connect.count == 5000 && client.accept.count == 0)
                #expect(server.accept.count == 5000 && server.connect.count == 0)
                #expect(client.unmeasured == 0 && server.unmeasured == 0)
                #expect(client.roundTrip.count == 5000 && server.roundTrip.count == 5000)
                #expect(client.resetsSent == 0 && server.resetsSent == 0)
                try #expect(
                    client.retransmitted("syn") == counter(lab, 0, "netstat", "TCPSynRetrans"))
                try #expect(server.established("server") == counter(lab, 1, "snmp", "PassiveOpens"))
            }
        }

        @Test(arguments: [false, true])
        func `Connections to a closed port are refused, each by one reset`(six: Bool) async throws {
            let lab = try Lab("ref")
            try await Observed.during { observed in
                _ = try attempt(
                    lab, "tcp-churn", "--to", address(lab, six), "--port", "7009", "--count", "500")
                let (client, server) = try await settled(observed, lab) { client, _ in
                    client.failed >= 500
                }
                #expect(client.failed("refused") == 500 && client.failed == 500)
                #expect(client.established("client") == 0)
                #expect(client.resetsReceived == 500)
                #expect(server.resetsSent("no_socket") == 500)
                try #expect(server.resetsSent == counter(lab, 1, "snmp", "OutRsts"))
                #expect(server.failed == 0)
            }
        }

        @Test(arguments: [false, true])
        func `Connections into a black hole time out`(six: Bool) async throws {
            let lab = try Lab("hole")
            try lab.inside(0, "sysctl", "-qw", "net.ipv4.tcp_syn_retries=1")
            try filter(lab, "tcp dport 7002 drop")
            try await Observed.during { observed in
                _ = try attempt(
                    lab, "tcp-churn", "--to", address(lab, six), "--port", "7002", "--count", "20",
                    "--concurrency", "20")
                let (client, _) = try await settled(observed, lab) { client, _ in
                    client.failed >= 20
                }
                #expect(client.failed("timed_out") == 20 && client.failed == 20)
                let again = try counter(lab, 0, "netstat", "TCPSynRetrans")
                #expect(again >= 20 && client.retransmitted("syn") == again)
                #expect(client.retransmittedBytes == 0)
            }
        }

        @Test(arguments: [false, true])
        func `Connections to what ICMP calls unreachable fail for that`(six: Bool) async throws {
            let lab = try Lab("icmp")
            try lab.inside(
                1, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0")
            let answer = six ? "icmpv6 type addr-unreachable" : "icmp type host-unreachable"
            try filter(lab, "tcp dport 7003 reject with \(answer)")
            try await Observed.during { observed in
                _ = try attempt(
                    lab, "tcp-churn", "--to", address(lab, six), "--port", "7003", "--count", "20",
                    "--concurrency", "20")
                let (client, _) = try await settled(observed, lab) { client, _ in
                    client.failed >= 20
                }
                #expect(client.failed("unreachable") == 20 && client.failed == 20)
            }
        }

        @Test func `Connections that are given up are aborted`() async throws {
            let lab = try Lab("quit")
            try filter(lab, "tcp dport 7004 drop")
            try await Observed.during { observed in
                _ = try attempt(
                    lab, "tcp-churn", "--to", address(lab, false), "--port", "7004", "--count",
                    "20", "--concurrency", "20", "--timeout", "0.3")
                let (client, _) = try await settled(observed, lab) { client, _ in
                    client.failed >= 20
                }
                #expect(client.failed("aborted") == 20 && client.failed == 20)
            }
        }

        @Test func `Connections for which there is no port were never sent`() async throws {
            let lab = try Lab("port")
            try lab.inside(0, "sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40000")
            try await Observed.during { observed in
                try lab.serve(1, "tcp-serve", "--port", "7001", "--request", "64", "--reply", "64")
                let said = try attempt(
                    lab, "tcp-churn", "--to", address(lab, false), "--port", "7001", "--count", "2",
                    "--timeout", "0.3")
                let exhausted = try #require(said["port_exhausted"] as? Int)
                let reading = try observed.scrape()
                let client = Pod(lab: lab, place: 0, reading: reading)
                #expect(exhausted > 0 && client.failed("not_sent") == UInt64(exhausted))
                #expect(client.failed == UInt64(exhausted) && client.established("client") == 1)
            }
        }

        @Test(arguments: [false, true])
        func `Connections that are reset are counted at both ends`(six: Bool) async throws {
            let lab = try Lab("rst")
            try await Observed.during { observed in
                try lab.serve(1, "tcp-serve", "--port", "7001", "--request", "64", "--reply", "64")
                try lab.traffic(
                    0, "tcp-churn", "--to", address(lab, six), "--port", "7001", "--count", "1000",
                    "--concurrency", "8", "--reset")
                let (client, server) = try await settled(observed, lab) {
                    $0.closed >= 1000 && $1.closed >= 1000
                }
                #expect(client.closed("aborted") == 1000 && client.closed == 1000)
                #expect(client.resetsSent == 1000)
                try #expect(client.resetsSent == counter(lab, 0, "snmp", "OutRsts"))
                #expect(server.resetsReceived == 1000 && client.resetsReceived == 0)
                #expect(server.closed("reset") == 1000 && server.closed == 1000)
            }
        }

        @Test(arguments: [false, true])
        func `What is retransmitted is what TCP_INFO says`(six: Bool) async throws {
            let lab = try Lab("loss")
            // The first packet is the SYN.
            try filter(lab, "tcp dport 9001 numgen inc mod 20 == 0 drop")
            try await Observed.during { observed in
                try lab.serve(1, "tcp-serve", "--port", "9001", "--sink")
                let sent = try lab.traffic(
                    0, "tcp-stream", "--to", address(lab, six), "--port", "9001", "--streams", "2",
                    "--bytes", "10000000")
                let streams = try #require(sent["stream"] as? [[String: Any]])
                let sum = { (name: String) in
                    streams.compactMap { ($0[name] as? Int).map(UInt64.init) }.reduce(0, +)
                }
                let client = Pod(lab: lab, place: 0, reading: try observed.scrape())
                print(
                    "retransmitted: \(client.retransmitted("syn")) SYN, "
                        + "\(client.retransmitted("data")) others, \(client.retransmittedBytes) bytes"
                )
                #expect(client.retransmitted("syn") > 0 && client.retransmitted("data") > 10)
                #expect(
                    client.retransmitted("syn") + client.retransmitted("data")
                        == sum("total_retrans"))
                #expect(client.retransmittedBytes == sum("bytes_retrans"))
                #expect(client.roundTrip.count == 2)
                #expect(client.roundTrip.nanoseconds == sum("rtt_us") * 1000)
            }
        }

        @Test(arguments: [false, true])
        func `A handshake whose first SYN-ACK is lost takes as long as it took`(six: Bool)
            async throws
        {
            let lab = try Lab("late")
            try filter(
                lab, at: 0,
                "tcp sport 7001 tcp flags & (syn|ack) == (syn|ack) numgen inc mod 2 == 0 drop")
            try await Observed.during { observed in
                try lab.serve(1, "tcp-serve", "--port", "7001", "--request", "64", "--reply", "64")
                let said = try lab.traffic(
                    0, "tcp-churn", "--to", address(lab, six), "--port", "7001", "--count", "1")
                // All of it but two trips through a veth is the wait for the SYN to be sent again.
                let seconds = try #require(said["seconds"] as? Double)
                let (client, server) = try await settled(observed, lab) { _, server in
                    server.accept.count >= 1
                }
                print(
                    "a connection of \(seconds) s: connect \(client.connect.nanoseconds) ns, "
                        + "accept \(server.accept.nanoseconds) ns")
                #expect(client.connect.count == 1 && server.accept.count == 1)
                #expect(client.unmeasured == 0 && server.unmeasured == 0)
                for latency in [client.connect, server.accept] {
                    let taken = Double(latency.nanoseconds) / 1e9
                    #expect(taken > 0.9 && taken <= seconds && taken > seconds * 0.9)
                }
                #expect(client.retransmitted("syn") == 1 && server.retransmitted("syn_ack") > 0)
            }
        }

        @Test(arguments: [false, true])
        func `Connections that their client resets half-open have failed, each by one reset`(
            six: Bool
        ) async throws {
            let lab = try Lab(six ? "emb6" : "emb4")
            try filter(lab, at: 0, "tcp sport 7001 tcp flags & (syn|ack) == (syn|ack) drop")
            var settings = LinuxSettings()
            settings.readingInterval = 1
            try await Observed.during(settings) { observed in
                try lab.serve(1, "tcp-serve", "--port", "7001", "--request", "64", "--reply", "64")
                _ = try attempt(
                    lab, "tcp-churn", "--to", address(lab, six), "--port", "7001", "--count", "5",
                    "--concurrency", "5", "--timeout", "0.3")
                // Nobody is there any more for the SYN-ACKs that are sent again.
                try lab.inside(0, "nft", "delete", "table", "inet", "t")
                let (client, server) = try await settled(observed, lab) { _, server in
                    server.failed("reset") >= 5
                }
                #expect(server.failed("reset") == 5 && server.failed == 5)
                try #expect(counter(lab, 1, "netstat", "EmbryonicRsts") == 5)
                #expect(server.established("server") == 0 && server.resetsReceived == 0)
                #expect(client.failed("aborted") == 5 && client.failed == 5)
                #expect(client.resetsSent == 5)
            }
        }

        @Test func `Half-open connections show as SYN-ACKs sent again`() async throws {
            let lab = try Lab("half")
            try lab.inside(1, "sysctl", "-qw", "net.ipv4.tcp_synack_retries=1")
            try lab.inside(
                1, "ip", "neigh", "replace", "10.77.0.77", "lladdr", "02:77:00:00:00:01", "dev",
                "eth0", "nud", "permanent")
            try await Observed.during { observed in
                try lab.serve(1, "tcp-serve", "--port", "7001", "--sink")
                for port in UInt16(5000)..<5010 {
                    try lab.traffic(
                        0, "raw", "--interface", "eth0", "--count", "1", "--hex",
                        SYNFrame(
                            from: [10, 77, 0, 77], port: port, to: [10, 77, 0, 2], port: 7001
                        )
                        .hex)
                }
                let (client, server) = try await settled(observed, lab) { _, server in
                    server.retransmitted("syn_ack") >= 10
                }
                #expect(server.retransmitted("syn_ack") == 10)
                try #expect(counter(lab, 1, "netstat", "TCPSynRetrans") == 10)
                #expect(server.established("server") == 0 && server.failed == 0)
                #expect(client.failed == 0 && client.established("client") == 0)
            }
        }

        @Test func `The host's own connections are the node's, and no endpoint's`() async throws {
            try await Observed.during { observed in
                let label = ["pod=\"reserved:node\"", "role=\"client\""]
                let metric = Catalog.podTCPEstablished.descriptor
                let before = try observed.scrape()
                let server = Process()
                server.executableURL = URL(fileURLWithPath: Lab.trafficPath)
                server.arguments = [
                    "tcp-serve", "--address", "127.0.0.1", "--port", "47001", "--request", "64",
                    "--reply", "64", "--connections", "300",
                ]
                let messages = Pipe()
                server.standardError = messages
                server.standardOutput = FileHandle.nullDevice
                try server.run()
                defer { server.terminate() }
                _ = messages.fileHandleForReading.availableData
                try Lab.run(
                    Lab.trafficPath, "tcp-churn", "--to", "127.0.0.1", "--port", "47001", "--count",
                    "300")
                let after = try observed.scrape()
                // Somebody else may use the host's network at the same time.
                let grown =
                    after.sum(metric, label[0], label[1]) - before.sum(metric, label[0], label[1])
                #expect((300..<400).contains(grown))
                let node = Catalog.nodeTCPEstablished.descriptor
                #expect(
                    after.sum(node, label[1]) - before.sum(node, label[1]) >= grown)
            }
        }

        /// Has a host, the server's if none is named, treat what arrives there by a rule.
        private func filter(_ lab: Lab, at place: Int = 1, _ rule: String) throws {
            try lab.inside(place, "nft", "add table inet t")
            try lab.inside(
                place, "nft", "add chain inet t c { type filter hook input priority 0; }")
            try lab.inside(place, "nft", "add rule inet t c \(rule)")
        }
    }
}
