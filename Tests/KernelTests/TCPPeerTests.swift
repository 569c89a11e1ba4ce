import Glibc
import LinuxBackend
import MetricSchema
import Observability
import Testing

extension KernelTier {
    /// API servers and peer nodes: crafted packets first, then real connections.
    @Suite
    struct TCPPeerTests {
        private static func watching(_ patience: Duration = .seconds(60), pending: Int = 64) throws
            -> WatchedPeers
        {
            let servers = try ["10.0.0.2:443", "[2001:db8::2]:443"].map {
                try #require(ServerAddress($0))
            }
            return WatchedPeers(
                servers: servers, nodes: 2, patience: patience, pending: pending)
        }

        /// Where the second node is.
        private static let second = ["10.0.0.2", "2001:db8::2"].compactMap { IPAddress($0) }

        /// The second node's addresses, of each family, in these places.
        private static func places(_ places: [Int]) -> [IPAddress: Int] {
            Dictionary(uniqueKeysWithValues: zip(second, places))
        }

        /// A handshake of the endpoint with its peer, and one round trip.
        private func connect(
            _ program: LivePacketProgram, port: UInt16, to peerPort: UInt16 = 443, six: Bool = false
        ) throws {
            func frame(
                _ flags: TCPFrame.Flags, _ sequence: UInt32, _ acknowledged: UInt32,
                _ payload: Int = 0
            ) -> TCPFrame {
                TCPFrame(
                    flags: flags, sequence: sequence, acknowledged: acknowledged, payload: payload,
                    port: port, peerPort: peerPort, six: six)
            }
            try program.send(frame(.syn, 100, 0))
            try program.receive(frame([.syn, .ack], 900, 101))
            try program.send(frame(.ack, 101, 901, 50))
            try program.receive(frame(.ack, 901, 151))
        }

        @Test(arguments: [false, true])
        func `Latencies of an API server and of a node are kept apart from others'`(six: Bool)
            throws
        {
            let (program, tcp) = try TCPFrameTests.program(watching: Self.watching())
            let peers = try #require(tcp.peers)
            try peers.watch(Self.places([1, 1]), fresh: [])
            try connect(program, port: 1, six: six)
            try connect(program, port: 2, to: 80, six: six)
            try #expect(tcp.latencies(of: 1).clientReply.count == 2)
            try #expect(tcp.latencies(of: 1).roundTrip.count == 2)
            let server = try peers.serverLatencies(of: 1)
            #expect([server.handshake.count, server.roundTrip.count] == [1, 1])
            let node = try peers.nodeLatencies(1)
            #expect([node.handshake.count, node.roundTrip.count] == [2, 2])
            try #expect(peers.nodeLatencies(0) == PeerLatencies())
            try #expect(peers.serverLatencies(of: 2) == PeerLatencies())
            try peers.expire()
            #expect(peers.serverFailures(of: 1) == ServerFailures())
        }

        @Test func `A node's numbers stay in its place, and another begins there at nought`() throws
        {
            let (program, tcp) = try TCPFrameTests.program(watching: Self.watching())
            let peers = try #require(tcp.peers)
            func handshakes() throws -> [UInt64] {
                try [0, 1].map { try peers.nodeLatencies($0).handshake.count }
            }
            try peers.watch(Self.places([1, 1]), fresh: [1])
            try connect(program, port: 1)
            try #expect(handshakes() == [0, 1])
            // Its address is another's, in the other place, and then nobody's.
            try peers.watch(Self.places([0, 1]), fresh: [0])
            try connect(program, port: 2)
            try #expect(handshakes() == [1, 1])
            try peers.watch([:], fresh: [])
            try connect(program, port: 3)
            try #expect(handshakes() == [1, 1])
            try peers.watch(Self.places([1, 1]), fresh: [1])
            try #expect(handshakes() == [1, 0])
            try connect(program, port: 4)
            try #expect(handshakes() == [1, 1])
            // The API server among the addresses has been one all the time.
            try #expect(peers.serverLatencies(of: 1).handshake.count == 4)
        }

        @Test func `A peer node's latency is taken at uplinks only`() throws {
            let (program, tcp) = try TCPFrameTests.program(
                watching: Self.watching(), marks: .hostSide)
            let peers = try #require(tcp.peers)
            try peers.watch(Self.places([1, 1]), fresh: [])
            // Directions are reversed there.
            let frames: [(TCPFrame, Bool)] = [
                (TCPFrame(flags: .syn, sequence: 100), true),
                (TCPFrame(flags: [.syn, .ack], sequence: 900, acknowledged: 101), false),
            ]
            for (frame, sent) in frames {
                try program.testRun(sent ? .ingress : .egress, frame: frame.bytes(sent: sent))
            }
            try #expect(peers.serverLatencies(of: 1).handshake.count == 1)
            try #expect(peers.nodeLatencies(1) == PeerLatencies())
        }

        @Test func `An attempt is refused or unanswered, once, and never both`() throws {
            let (program, tcp) = try TCPFrameTests.program(watching: Self.watching())
            let peers = try #require(tcp.peers)
            func expire() throws {
                try peers.expire(at: ContinuousClock.kernelNow + 61_000_000_000)
            }
            func reset(_ port: UInt16, _ acknowledged: UInt32) throws {
                try program.receive(
                    TCPFrame(flags: [.rst, .ack], acknowledged: acknowledged, port: port))
            }
            func failures() throws -> [UInt64] {
                let failures = peers.serverFailures(of: 1)
                return [failures.refused, failures.unanswered, failures.unwatched]
            }
            let syn = { TCPFrame(flags: .syn, sequence: 100, port: $0) }
            try program.send(syn(1))
            try reset(1, 55)
            try #expect(failures() == [0, 0, 0])
            try reset(1, 101)
            try reset(1, 101)
            try expire()
            try #expect(failures() == [1, 0, 0])
            // Nobody answers, though it is asked twice.
            try program.send(syn(2))
            try program.send(syn(2))
            try peers.expire()
            try #expect(failures() == [1, 0, 0])
            try expire()
            try expire()
            try #expect(failures() == [1, 1, 0])
            // Too late; and asking again with the same number is the same attempt.
            try program.send(syn(2))
            try reset(2, 101)
            try expire()
            try #expect(failures() == [1, 1, 0])
            // The port is used for another attempt before anybody looked.
            try program.send(syn(3))
            try program.send(TCPFrame(flags: .syn, sequence: 5000, port: 3))
            try #expect(failures() == [1, 2, 0])
            try expire()
            try #expect(failures() == [1, 3, 0])
        }

        @Test(arguments: [TCPFrame.Flags([.syn, .ack]), [.rst, .ack]])
        func `An answer that comes too late is none, whoever sees it first`(_ flags: TCPFrame.Flags)
            throws
        {
            let (program, tcp) = try TCPFrameTests.program(watching: Self.watching(.zero))
            let peers = try #require(tcp.peers)
            try program.send(TCPFrame(flags: .syn, sequence: 100))
            try program.receive(TCPFrame(flags: flags, acknowledged: 101))
            try peers.expire()
            #expect(peers.serverFailures(of: 1).unanswered == 1)
            #expect(peers.serverFailures(of: 1).refused == 0)
        }

        @Test func `Attempts that find no room are counted as such`() throws {
            let (program, tcp) = try TCPFrameTests.program(
                watching: Self.watching(.zero, pending: 2))
            let peers = try #require(tcp.peers)
            for port in UInt16(1)...5 {
                try program.send(TCPFrame(flags: .syn, sequence: 100, port: port))
            }
            try peers.expire()
            #expect(peers.serverFailures(of: 1).unwatched == 3)
            #expect(peers.serverFailures(of: 1).unanswered == 2)
        }

        @Test(arguments: [false, true])
        func `Refused and blackholed connections to an API server are counted exactly`(six: Bool)
            async throws
        {
            let lab = try Lab(six ? "api6" : "api4")
            let address = six ? lab.address6(1) : lab.address(1)
            var settings = LinuxSettings()
            settings.apiServers = try ["6443", "6444", "6445"].map {
                try #require(ServerAddress(six ? "[\(address)]:\($0)" : "\(address):\($0)"))
            }
            settings.apiServerTimeout = 3
            try lab.inside(1, "nft", "add table inet t")
            try lab.inside(1, "nft", "add chain inet t c { type filter hook input priority 0; }")
            try lab.inside(1, "nft", "add rule inet t c tcp dport 6445 drop")
            try await Observed.during(settings) { observed in
                try lab.serve(1, "tcp-serve", "--port", "6443", "--reply", "64", "--request", "64")
                try lab.serve(1, "tcp-serve", "--port", "80", "--reply", "64", "--request", "64")
                for (port, count) in [("6443", "5"), ("80", "9"), ("6444", "7"), ("81", "3")] {
                    _ = try? lab.traffic(
                        0, "tcp-churn", "--to", address, "--port", port, "--count", count)
                }
                _ = try? lab.traffic(
                    0, "tcp-churn", "--to", address, "--port", "6445", "--count", "4",
                    "--concurrency", "4", "--timeout", "0.3")
                let pod = "pod=\"\(lab.hosts[0])\""
                let deadline = ContinuousClock.now + .seconds(30)
                var reading = try observed.scrape()
                while reading.sum(Catalog.podServerUnanswered.descriptor, pod) < 4,
                    ContinuousClock.now < deadline
                {
                    try await Task.sleep(for: .milliseconds(100))
                    reading = try observed.scrape()
                }
                #expect(
                    reading.histogram(Catalog.podServerHandshake.descriptor, [pod]).count == 5)
                #expect(
                    reading.histogram(Catalog.podServerRoundTrip.descriptor, [pod]).count == 5)
                #expect(reading.sum(Catalog.podServerRefused.descriptor, pod) == 7)
                #expect(reading.sum(Catalog.podServerUnanswered.descriptor, pod) == 4)
                #expect(reading.sum(Catalog.serverUnwatched.descriptor) == 0)
                // The server's own view of it is nobody's connection to an API server.
                let other = "pod=\"\(lab.hosts[1])\""
                #expect(
                    reading.histogram(Catalog.podServerHandshake.descriptor, [other]).count == 0)
            }
        }

        @Test(arguments: [false, true])
        func `At the node's uplink, servers and peers are as far as the link was made long`(
            six: Bool
        ) async throws {
            let lab = try Lab(six ? "peer6" : "peer4")
            let delay = 0.030
            let uplink = lab.bridge + "u"
            try lab.delayedUplink(uplink, to: 1, milliseconds: delay * 1000, six: six)
            let address = six ? lab.address6(1) : lab.address(1)
            var settings = LinuxSettings()
            settings.uplinks = [uplink]
            settings.apiServers = [
                try #require(ServerAddress(six ? "[\(address)]:6443" : "\(address):6443"))
            ]
            settings.peerNodes = try ["worker=\(address)", "absent=10.77.0.200"].map {
                try #require(PeerNode($0))
            }
            try await Observed.during(settings) { observed in
                try lab.serve(1, "tcp-serve", "--port", "6443", "--reply", "64", "--request", "64")
                try Lab.run(
                    Lab.trafficPath, "tcp-churn", "--to", address, "--port", "6443", "--count", "10"
                )
                let reading = try observed.scrape()
                let worker = ["peer_node=\"worker\""]
                for (metric, labels) in [
                    (Catalog.nodeServerHandshake.descriptor, []),
                    (Catalog.nodeServerRoundTrip.descriptor, []),
                    (Catalog.peerHandshake.descriptor, worker),
                    (Catalog.peerRoundTrip.descriptor, worker),
                ] {
                    let histogram = reading.histogram(metric, labels)
                    #expect(histogram.count == 10, "\(metric.name)")
                    let mean = Double(histogram.nanoseconds) / 1e10
                    #expect(abs(mean / (2 * delay) - 1) < 0.1, "\(metric.name): \(mean)")
                }
                #expect(
                    reading.histogram(
                        Catalog.peerHandshake.descriptor, ["peer_node=\"absent\""]
                    ).count == 0)
                #expect(reading.rows(Catalog.peerReachable.descriptor).isEmpty)
            }
        }

        @Test(arguments: [false, true])
        func `A peer that answers a probe is reachable, and one that does not is not`(six: Bool)
            async throws
        {
            let lab = try Lab(six ? "seek6" : "seek4")
            try Lab.addOwnAddress(to: lab.bridge, six: six)
            var settings = LinuxSettings()
            settings.uplinks = [lab.bridge]
            let (present, absent) =
                six ? (lab.address6(1), "fd77::200") : (lab.address(1), "10.77.0.200")
            settings.peerNodes = try ["worker=\(present)", "absent=\(absent)"].map {
                try #require(PeerNode($0))
            }
            settings.probePort = 9999  // nobody listens there, which is an answer
            settings.probeInterval = 1
            try await Observed.during(settings) { observed in
                let deadline = ContinuousClock.now + .seconds(30)
                var found: [String: UInt64] = [:]
                while found.count < 2, ContinuousClock.now < deadline {
                    let rows = try observed.scrape().rows(Catalog.peerReachable.descriptor)
                    found = Dictionary(uniqueKeysWithValues: rows.map { ($0.labels, $0.value) })
                    try await Task.sleep(for: .milliseconds(50))
                }
                #expect(found == ["peer_node=\"worker\"": 1, "peer_node=\"absent\"": 0])
            }
        }

        @Test func `Accepted or refused, a probe is answered, and silence is no answer`() throws {
            let lab = try Lab("prob")
            try Lab.addOwnAddress(to: lab.bridge, six: false)
            try lab.inside(1, "nft", "add table inet t")
            try lab.inside(1, "nft", "add chain inet t c { type filter hook input priority 0; }")
            try lab.inside(1, "nft", "add rule inet t c tcp dport 9998 drop")
            let address = try #require(IPAddress(lab.address(1)))
            try lab.serve(1, "tcp-serve", "--port", "9999", "--sink")
            let address6 = try #require(IPAddress(lab.address6(1)))
            try Lab.addOwnAddress(to: lab.bridge, six: true)
            for (address, port) in [(address, UInt16(9999)), (address, 9997), (address6, 9997)] {
                let taken = NodeProbe.ask(address, port: port, milliseconds: 10_000)
                #expect(taken != nil, "\(address) \(port)")
            }
            #expect(NodeProbe.ask(address, port: 9998, milliseconds: 100) == nil)
        }
    }
}
