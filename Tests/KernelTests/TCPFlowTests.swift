import CLibBPF
import LinuxBackend
import MetricSchema
import Observability
import Testing

extension KernelTier {
    /// TCP's quality by flow: of crafted packets, and between namespaces.
    @Suite
    struct TCPFlowTests {
        private static func program(flows: Int) throws -> (
            LivePacketProgram, LiveFlowCache, CapturingSink
        ) {
            let size = PacketProgramSize(
                cpus: Int(libbpf_num_possible_cpus()), cacheBytes: 1 << 20, spillEntries: 64,
                endpoints: 16, connections: 4096, tcpFlows: flows)
            let program = try LivePacketProgram(size: size)
            try program.set(1, endpoint: 1, marks: [])
            let sink = CapturingSink()
            return (program, try LiveFlowCache(program, sink: sink), sink)
        }

        /// A server's port and the way of its packets.
        private struct Way: Hashable, CustomStringConvertible {
            let port: UInt16
            let direction: Direction
            var description: String { "\(port) \(direction)" }
        }

        private static func byWay(_ sink: CapturingSink) -> [Way: TCPFlowQuality] {
            sink.tcp.reduce(into: [:]) { all, delta in
                let port = max(delta.flow.sourcePort, delta.flow.destinationPort)
                all[Way(port: port, direction: delta.flow.direction), default: .init()] +=
                    delta.quality
            }
        }

        @Test(arguments: [false, true])
        func `What is not ordinary is kept by flow, each way by itself`(six: Bool) throws {
            let (program, cache, sink) = try Self.program(flows: 64)
            func frame(
                _ port: UInt16, _ flags: TCPFrame.Flags = .ack, at sequence: UInt32 = 100,
                acknowledged: UInt32 = 1, payload: Int = 0, window: UInt16 = 1000,
                from client: UInt16 = 40_000
            ) -> TCPFrame {
                TCPFrame(
                    flags: flags, sequence: sequence, acknowledged: acknowledged, payload: payload,
                    window: window, port: client, peerPort: port, six: six)
            }
            // Two connections to one server are one flow; what is ordinary has none.
            for client in [UInt16(40_000), 40_001] {
                try program.send(frame(443, payload: 10, from: client))
                try program.send(frame(443, payload: 10, from: client))
            }
            try program.send(frame(443, at: 110, payload: 10))
            try program.send(frame(444, payload: 10))
            try program.send(frame(444, at: 120, payload: 10))
            try program.send(frame(444, at: 110, payload: 10))
            try program.receive(frame(445, window: 0))
            try program.receive(frame(445, window: 0))
            try program.receive(frame(445, .rst))
            try program.send(frame(446, .syn))
            try program.receive(frame(446, [.syn, .ack], acknowledged: 101))
            try program.receive(frame(447, .syn))
            try program.send(frame(447, [.syn, .ack], at: 7, acknowledged: 101))
            try program.receive(frame(447, at: 101, acknowledged: 8))
            try program.send(frame(448, payload: 10))
            try program.send(frame(448, at: 110, payload: 10))
            try program.receive(frame(448, acknowledged: 120))
            try cache.bringUpToDate()

            var found = Self.byWay(sink)
            func took(_ latency: inout TCPFlowQuality.Latency) -> Bool {
                defer { latency.nanoseconds = 0 }
                return (1..<1_000_000_000).contains(latency.nanoseconds)
            }
            for (port, way, latency) in [
                (UInt16(446), Direction.ingress, \TCPFlowQuality.clientReply),
                (447, .egress, \.serverReply), (447, .ingress, \.serverAcknowledged),
                (448, .ingress, \.roundTrip),
            ] {
                let way = Way(port: port, direction: way)
                #expect(took(&found[way, default: .init()][keyPath: latency]), "\(way)")
            }
            var expected: [Way: TCPFlowQuality] = [:]
            func expect(
                _ port: UInt16, _ direction: Direction, _ quality: (inout TCPFlowQuality) -> Void
            ) {
                quality(&expected[Way(port: port, direction: direction), default: .init()])
            }
            expect(443, .egress) { $0.retransmitted = .init(packets: 2, bytes: 20) }
            expect(444, .egress) { $0.late = .init(packets: 1, bytes: 10) }
            expect(445, .ingress) {
                $0.zeroWindows = 2
                $0.resets = 1
            }
            expect(446, .ingress) { $0.clientReply.samples = 1 }
            expect(447, .egress) { $0.serverReply.samples = 1 }
            expect(447, .ingress) { $0.serverAcknowledged.samples = 1 }
            expect(448, .ingress) { $0.roundTrip.samples = 1 }
            #expect(found == expected)

            // Everything was handed over once, and the other map is as good.
            try cache.bringUpToDate()
            #expect(sink.tcp.count == 7)
            try program.receive(frame(445, window: 0))
            try cache.bringUpToDate()
            #expect(sink.tcp.last?.quality.zeroWindows == 1)
            #expect(sink.tcp.count == 8)
            #expect(program.tcp?.stats.lost_events == 0)
        }

        @Test
        func `A flow that finds no room is counted as lost, and the endpoint's count is whole`()
            throws
        {
            let (program, cache, sink) = try Self.program(flows: 3)
            for port in UInt16(500)..<508 {
                for _ in 0..<2 {
                    try program.receive(
                        TCPFrame(flags: .ack, acknowledged: 1, window: 0, peerPort: port))
                }
            }
            try cache.bringUpToDate()
            let kept = sink.tcp.reduce(0) { $0 + $1.quality.zeroWindows }
            #expect(sink.tcp.count == 3)
            #expect(kept == 6)
            let tcp = try #require(program.tcp)
            #expect(tcp.counts(of: 1, .ingress).zeroWindows == 16)
            #expect(kept + tcp.stats.lost_events == 16)
        }

        @Test func `Without room for flows nothing is kept by flow`() throws {
            let (program, cache, sink) = try Self.program(flows: 0)
            try program.receive(TCPFrame(flags: .rst))
            try cache.bringUpToDate()
            #expect(sink.tcp.isEmpty)
            #expect(program.tcp?.counts(of: 1, .ingress).rst == 1)
            #expect(program.tcp?.stats.lost_events == 0)
        }

        @Test(arguments: [false, true])
        func `Loss and resets are of the flow they happened to`(six: Bool) async throws {
            let lab = try Lab(six ? "flow6" : "flow4", hosts: 3)
            func address(_ place: Int) -> String {
                six ? lab.address6(place) : lab.address(place)
            }
            func pair(_ from: Int, _ to: Int) -> [String] {
                ["source_pod=\"\(lab.hosts[from])\"", "destination_pod=\"\(lab.hosts[to])\""]
            }
            try lab.loseSegments(to: 9001, at: 1)
            try await Observed.during { observed in
                try lab.serve(1, "tcp-serve", "--port", "9001", "--sink")
                try lab.serve(2, "tcp-serve", "--port", "9002", "--reply", "64", "--request", "64")
                let sent = try lab.traffic(
                    0, "tcp-stream", "--to", address(1), "--port", "9001", "--bytes", "2000000")
                let streams = try #require(sent["stream"] as? [[String: Any]])
                let again = try #require(streams.first?["total_retrans"] as? Int)
                try lab.traffic(
                    0, "tcp-churn", "--to", address(2), "--port", "9002", "--count", "30")
                // Nobody listens there: each is answered by a reset.
                _ = try? lab.traffic(
                    0, "tcp-churn", "--to", address(2), "--port", "9003", "--count", "7")
                let reading = try observed.scrape()
                func sum(_ metric: MetricDescriptor, _ labels: [String]) -> UInt64 {
                    reading.rows(metric).filter { row in
                        labels.allSatisfy { row.labels.contains($0) }
                    }
                    .reduce(0) { $0 + $1.value }
                }
                let resequenced = Catalog.flowTCPResequencedPackets.descriptor
                #expect(again > 0)
                #expect(
                    sum(resequenced, pair(0, 1) + ["\"egress\"", "retransmission"])
                        == UInt64(again))
                #expect(sum(resequenced, pair(0, 2)) == 0)
                #expect(sum(resequenced, pair(2, 0)) == 0)
                let resets = Catalog.flowTCPResets.descriptor
                #expect(sum(resets, pair(2, 0) + ["\"ingress\""]) == 7)
                #expect(sum(resets, pair(2, 0) + ["\"egress\""]) == 7)
                #expect(sum(resets, pair(0, 2)) + sum(resets, pair(0, 1)) == 0)
                let handshakes = Catalog.flowTCPHandshakes.descriptor
                #expect(sum(handshakes, pair(0, 2) + ["client"]) == 30)
                #expect(sum(handshakes, pair(2, 0) + ["server", "\"ack\""]) == 30)
                #expect(sum(handshakes, pair(2, 0) + ["server", "synack"]) == 30)
                #expect(sum(handshakes, pair(0, 1)) == 1)
                // What flows add up to is what endpoints have.
                for place in 0..<3 {
                    let pod = ["pod=\"\(lab.hosts[place])\""]
                    let source = "source_pod=\"\(lab.hosts[place])\""
                    #expect(
                        sum(resequenced, [source, "\"egress\""])
                            == sum(
                                Catalog.podTCPResequencedPackets.descriptor, pod + ["\"egress\""]))
                    #expect(
                        sum(Catalog.flowTCPRoundTrips.descriptor, [source])
                            == sum(Catalog.podTCPRoundTrip.descriptor, pod))
                    #expect(
                        sum(handshakes, [source]) == sum(Catalog.podTCPHandshake.descriptor, pod))
                }
                #expect(sum(Catalog.tcpLostFlowEvents.descriptor, []) == 0)
            }
        }
    }
}
