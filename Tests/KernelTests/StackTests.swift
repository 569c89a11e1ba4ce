import LinuxBackend
import MetricSchema
import Observability
import TestSupport
import Testing

@testable import traffic

extension KernelTier {
    /// What is done to sockets and protocols inside namespaces, and exactly that in the numbers.
    @Suite
    struct StackTests {
        private func pod(_ lab: Lab, _ place: Int) -> String { "pod=\"\(lab.hosts[place])\"" }

        /// Every scrape reads every namespace.
        private var settings: LinuxSettings {
            var settings = LinuxSettings()
            settings.readingInterval = 0
            settings.readingBudget = 10_000
            return settings
        }

        /// Scrapes until `holds`, or for ten seconds: what one end has done the other may not yet know of.
        private func scrape(
            _ observed: Observed, until holds: (Reading) -> Bool
        ) throws -> Reading {
            let start = ContinuousClock.now
            while true {
                let reading = try observed.scrape()
                if holds(reading) || .now - start > .seconds(10) { return reading }
            }
        }

        /// How full the fullest listener's queue is said to be.
        private func fill(_ observed: Observed, _ pod: String) throws -> Double? {
            var samples = SampleBuffer()
            for collector in observed.backend.collectors { try collector.collect(into: &samples) }
            let family = samples.families.first { $0.descriptor === Catalog.listenQueueFill.pod }
            let row = family?.rows.first { $0.labels.contains(pod) }
            guard case .number(let ratio) = row?.value else { return nil }
            return ratio
        }

        private func accept(_ server: HeldSocket) throws -> HeldSocket {
            let start = ContinuousClock.now
            while .now - start < .seconds(5) {
                if let accepted = try server.accept() { return accepted }
            }
            throw CommandFailure(command: "accept", output: "nobody came")
        }

        @Test(arguments: [false, true])
        func `Sockets are counted by state, family and namespace`(six: Bool) async throws {
            let lab = try Lab(six ? "st6" : "st4")
            try await Observed.during(settings) { observed in
                let server = try HeldSocket(lab, 1, .stream, six: six, port: 7000)
                try server.listen(backlog: 16)
                var clients: [HeldSocket?] = []
                var servers: [HeldSocket?] = []
                for _ in 0..<5 {
                    let client = try HeldSocket(lab, 0, .stream, six: six)
                    try client.connect(to: server)
                    clients.append(client)
                    servers.append(try accept(server))
                }
                // The server's end of two goes first, and waits.
                servers.replaceSubrange(3..., with: [nil, nil])
                clients.replaceSubrange(3..., with: [nil, nil])
                func count(_ reading: Reading, _ place: Int, _ family: String, _ state: String)
                    -> UInt64
                {
                    reading.sum(
                        Catalog.socketCounts.pod, pod(lab, place), "family=\"\(family)\"",
                        "protocol=\"tcp\"", "state=\"\(state)\"")
                }
                let family = six ? "ipv6" : "ipv4"
                let reading = try scrape(observed) { count($0, 1, family, "time_wait") == 2 }
                #expect(count(reading, 1, family, "listen") == 1)
                #expect(count(reading, 1, family, "established") == 3)
                #expect(count(reading, 1, family, "time_wait") == 2)
                #expect(count(reading, 0, family, "established") == 3)
                #expect(count(reading, 0, family, "listen") == 0)
                for place in 0...1 {
                    let all = reading.sum(
                        Catalog.socketCounts.pod, pod(lab, place), "protocol=\"tcp\"")
                    #expect(all == (place == 1 ? 6 : 3), "\(place)")
                }
                withExtendedLifetime((server, clients, servers)) {}
            }
        }

        /// The same three SYNs are drops, once, where the kernel tells them from other packets.
        private func expectDropped(_ reading: Reading, _ lab: Lab) throws {
            let isTold = try DropReasonNames.live().listenOverflow != nil
            let syn = "reason=\"tcp_listen_syn\""
            #expect(
                reading.sum(Catalog.podDropPackets.descriptor, pod(lab, 1), syn, "ingress")
                    == (isTold ? 3 : 0))
            #expect(
                reading.sum(Catalog.podDropPackets.descriptor, pod(lab, 1), "reason=\"tcp_listen")
                    == (isTold ? 3 : 0))
            #expect(reading.sum(Catalog.podDropPackets.descriptor, pod(lab, 0), syn) == 0)
            #expect(reading.sum(Catalog.nodeDropPackets.descriptor, syn) >= (isTold ? 3 : 0))
        }

        @Test(arguments: [false, true])
        func `A full accept queue shows before it overflows, and what it drops after`(six: Bool)
            async throws
        {
            let lab = try Lab(six ? "acc6" : "acc4")
            try await Observed.during(settings) { observed in
                let server = try HeldSocket(lab, 1, .stream, six: six, port: 7000)
                try server.listen(backlog: 4)
                var clients: [HeldSocket] = []
                // One more than the backlog fits.
                for _ in 0..<5 {
                    clients.append(try HeldSocket(lab, 0, .stream, six: six))
                    try clients.last?.connect(to: server)
                }
                let port = "port=\"7000\""
                let full = try scrape(observed) {
                    $0.sum(Catalog.listenQueue.pod, pod(lab, 1), port) == 5
                }
                #expect(full.sum(Catalog.listenQueue.pod, pod(lab, 1), port) == 5)
                #expect(full.sum(Catalog.listenQueueLimit.pod, pod(lab, 1), port) == 4)
                #expect(try fill(observed, pod(lab, 1)) == 1.25)
                #expect(full.sum(Catalog.stackTCPListenOverflows.pod, pod(lab, 1)) == 0)
                // Each sends one SYN and is closed before it sends another.
                for _ in 0..<3 {
                    try HeldSocket(lab, 0, .stream, six: six).connect(to: server)
                }
                let after = try scrape(observed) {
                    $0.sum(Catalog.stackTCPListenOverflows.pod, pod(lab, 1)) >= 3
                }
                #expect(after.sum(Catalog.stackTCPListenOverflows.pod, pod(lab, 1)) == 3)
                #expect(after.sum(Catalog.stackTCPListenDrops.pod, pod(lab, 1)) == 3)
                #expect(after.sum(Catalog.stackTCPListenDrops.pod, pod(lab, 0)) == 0)
                try expectDropped(after, lab)
                withExtendedLifetime((server, clients)) {}
            }
        }

        @Test(arguments: [false, true])
        func `Datagrams that a full buffer lost are those sent and not read`(six: Bool) async throws
        {
            let lab = try Lab(six ? "buf6" : "buf4")
            try await Observed.during(settings) { observed in
                let receiver = try HeldSocket(
                    lab, 1, .datagram, six: six, port: 9000, receiveBuffer: 8_192)
                try lab.traffic(
                    0, "udp-send", "--to", six ? lab.address6(1) : lab.address(1), "--port", "9000",
                    "--count", "1000")
                let family = six ? "family=\"ipv6\"" : "family=\"ipv4\""
                func lost(_ reading: Reading) -> UInt64 {
                    reading.sum(
                        Catalog.stackUDPErrors.pod, pod(lab, 1), family, "cause=\"receive_buffer\"")
                }
                var read: UInt64 = 0
                let reading = try scrape(observed) { reading in
                    read += (try? receiver.drain()) ?? 0
                    return lost(reading) + read == 1000
                }
                #expect(read > 0 && lost(reading) == 1000 - read)
                #expect(
                    reading.sum(Catalog.stackUDPReceiveErrors.pod, pod(lab, 1)) == lost(reading))
            }
        }

        @Test func `Datagrams to closed ports are counted where they arrive, and nowhere else`()
            async throws
        {
            let lab = try Lab("nop")
            try await Observed.during(settings) { observed in
                let before = try observed.scrape()
                for (place, target, count) in [
                    (0, lab.address(1), "500"), (1, lab.address6(0), "300"),
                ] {
                    try lab.traffic(
                        place, "udp-send", "--to", target, "--port", "9999", "--count", count)
                }
                let cause = "cause=\"no_port\""
                let reading = try scrape(observed) {
                    $0.sum(Catalog.stackUDPErrors.pod, pod(lab, 0), cause) >= 300
                        && $0.sum(Catalog.stackUDPErrors.pod, pod(lab, 1), cause) >= 500
                }
                func noPort(_ place: Int, _ family: String) -> UInt64 {
                    reading.sum(
                        Catalog.stackUDPErrors.pod, pod(lab, place), cause,
                        "family=\"\(family)\"")
                }
                #expect(noPort(1, "ipv4") == 500 && noPort(1, "ipv6") == 0)
                #expect(noPort(0, "ipv6") == 300 && noPort(0, "ipv4") == 0)
                // The node may have its own, but not the endpoints'.
                let own =
                    reading.sum(Catalog.stackUDPErrors.node, cause)
                    - before.sum(Catalog.stackUDPErrors.node, cause)
                #expect(own < 300)
                // Each went through some processor's backlog.
                let grown =
                    reading.sum(Catalog.softnetPackets.descriptor)
                    - before.sum(Catalog.softnetPackets.descriptor)
                #expect(grown >= 800)
            }
        }

        @Test func `A namespace made anew under its name goes on counting where it was`()
            async throws
        {
            let lab = try Lab("new")
            try await Observed.during(settings) { observed in
                func send() throws {
                    try lab.traffic(
                        0, "udp-send", "--to", lab.address(1), "--port", "9999", "--count", "100")
                }
                func noPort(_ reading: Reading) -> UInt64 {
                    reading.sum(Catalog.stackUDPErrors.pod, pod(lab, 1), "cause=\"no_port\"")
                }
                try send()
                #expect(noPort(try scrape(observed) { noPort($0) >= 100 }) == 100)
                try lab.renew(1)
                try send()
                #expect(noPort(try scrape(observed) { noPort($0) >= 200 }) == 200)
            }
        }

        @Test func `A shaped link drops what is neither sent nor queued`() async throws {
            let lab = try Lab("shp")
            try await Observed.during(settings) { observed in
                let link = lab.link(1)
                try Lab.run(
                    "tc", "qdisc", "replace", "dev", link, "root", "handle", "7:", "htb", "default",
                    "1", "r2q", "1")
                try Lab.run(
                    "tc", "class", "add", "dev", link, "parent", "7:", "classid", "7:1", "htb",
                    "rate", "8kbit", "burst", "2k")
                try Lab.run(
                    "tc", "qdisc", "add", "dev", link, "parent", "7:1", "handle", "8:", "pfifo",
                    "limit", "5")
                // Everything that the sender's link takes in is for the shaped one.
                let before = try lab.counter(0, "rx_packets")
                try lab.traffic(
                    0, "udp-send", "--to", lab.address(1), "--port", "9999", "--count", "200",
                    "--size", "1000")
                let labels = ["interface=\"\(link)\"", "qdisc=\"htb\""]
                func value(_ reading: Reading, _ metric: MetricDescriptor) -> UInt64 {
                    reading.sum(metric, labels[0], labels[1])
                }
                func arrived(_ reading: Reading) -> UInt64 {
                    value(reading, Catalog.qdiscPackets.descriptor)
                        + value(reading, Catalog.qdiscQueuedPackets.descriptor)
                        + value(reading, Catalog.qdiscDrops.descriptor)
                }
                let reading = try scrape(observed) { reading in
                    (try? lab.counter(0, "rx_packets")) == before + arrived(reading)
                }
                #expect(arrived(reading) >= 200)
                #expect(try lab.counter(0, "rx_packets") == before + arrived(reading))
                #expect(value(reading, Catalog.qdiscPackets.descriptor) > 0)
                let queued = value(reading, Catalog.qdiscQueuedPackets.descriptor)
                #expect((1...5).contains(queued))
                #expect(value(reading, Catalog.qdiscQueuedBytes.descriptor) >= queued)
                #expect(value(reading, Catalog.qdiscOverlimits.descriptor) > 0)
            }
        }

        @Test func `A driver is asked for its own counters`() throws {
            let lab = try Lab("drv", hosts: 1)
            let statistics = try #require(try LiveEthtool().statistics(of: lab.link(0)))
            let peer = try lab.inside(0, "cat", "/sys/class/net/eth0/ifindex")
            #expect(
                statistics.rows.first { $0.name == "peer_ifindex" }.map { "\($0.value)\n" } == peer)
            #expect(try LiveEthtool().statistics(of: "lo") == nil)
        }
    }
}
