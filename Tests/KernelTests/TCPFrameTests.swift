import CLibBPF
import LinuxBackend
import MetricSchema
import Synchronization
import Testing

extension KernelTier {
    /// Crafted TCP packets through the packet program: what is counted of each, to the packet.
    @Suite
    struct TCPFrameTests {
        static func program(
            connections: Int = 4096, watching: WatchedPeers = .none,
            marks: InterfaceMarks = []
        ) throws -> (LivePacketProgram, LiveTCPTable) {
            let size = PacketProgramSize(
                cpus: Int(libbpf_num_possible_cpus()), cacheBytes: 1 << 20, spillEntries: 64,
                endpoints: 16, connections: connections)
            let program = try LivePacketProgram(size: size, watching: watching)
            try program.set(1, endpoint: 1, marks: marks)
            return (program, try #require(program.tcp))
        }

        /// A program for many cases, since loading takes a second: counters from nothing, and a port of one's own.
        private static func fresh() throws -> (LivePacketProgram, LiveTCPTable, UInt16) {
            let (program, tcp) = try shared.get()
            try program.reset(1)
            return (program, tcp, ports.add(1, ordering: .relaxed).newValue)
        }

        private static let shared = Result { try program() }
        private static let ports = Atomic<UInt16>(1000)

        struct FlagCase: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let flags: UInt8
            var window: UInt16 = 1000
            let expected: @Sendable (inout TCPCounts) -> Void
        }

        static let flagCases: [FlagCase] = [
            FlagCase(testDescription: "SYN", flags: 0x02) { $0.syn = 1 },
            FlagCase(testDescription: "SYN-ACK", flags: 0x12) { $0.synack = 1 },
            FlagCase(testDescription: "a SYN that offers ECN", flags: 0xc2) { $0.syn = 1 },
            FlagCase(testDescription: "ACK", flags: 0x10) { _ in },
            FlagCase(testDescription: "ACK and PSH", flags: 0x18) { _ in },
            FlagCase(testDescription: "FIN", flags: 0x11) { $0.fin = 1 },
            FlagCase(testDescription: "RST", flags: 0x14) { $0.rst = 1 },
            FlagCase(testDescription: "URG", flags: 0x30) { $0.urg = 1 },
            FlagCase(testDescription: "ECE", flags: 0x50) { $0.ece = 1 },
            FlagCase(testDescription: "CWR", flags: 0x90) { $0.cwr = 1 },
            FlagCase(testDescription: "no window", flags: 0x10, window: 0) { $0.zeroWindows = 1 },
            FlagCase(testDescription: "RST has no window to speak of", flags: 0x14, window: 0) {
                $0.rst = 1
            },
            FlagCase(testDescription: "SYN without window", flags: 0x02, window: 0) { $0.syn = 1 },
        ]

        @Test(arguments: flagCases, [false, true])
        func `A packet's flags are counted once, in its direction`(_ one: FlagCase, six: Bool)
            throws
        {
            let (program, tcp, port) = try Self.fresh()
            let frame = TCPFrame(
                flags: .init(rawValue: one.flags), window: one.window, port: port, six: six)
            var expected = TCPCounts()
            one.expected(&expected)
            try program.send(frame)
            #expect(tcp.counts(of: 1, .egress) == expected)
            #expect(tcp.counts(of: 1, .ingress) == TCPCounts())
            try program.receive(frame)
            #expect(tcp.counts(of: 1, .ingress) == expected)
        }

        @Test(arguments: [false, true])
        func `A handshake is timed once for each side that waits`(six: Bool) throws {
            let (program, tcp) = try Self.program()
            // The endpoint as client.
            try program.send(TCPFrame(flags: .syn, sequence: 100, six: six))
            try program.send(TCPFrame(flags: .syn, sequence: 100, six: six))
            try program.receive(
                TCPFrame(flags: [.syn, .ack], sequence: 900, acknowledged: 55, six: six))
            try #expect(tcp.latencies(of: 1) == TCPLatencies())
            for _ in 0..<2 {
                try program.receive(
                    TCPFrame(flags: [.syn, .ack], sequence: 900, acknowledged: 101, six: six))
            }
            try program.send(TCPFrame(flags: .ack, sequence: 101, acknowledged: 901, six: six))
            var latencies = try tcp.latencies(of: 1)
            #expect(latencies.clientReply.count == 1)
            #expect(latencies.serverReply.count == 0)
            #expect(latencies.serverAcknowledged.count == 0)
            // The same port again, the endpoint as server.
            try program.receive(TCPFrame(flags: .syn, sequence: 5000, six: six))
            for _ in 0..<2 {
                try program.send(
                    TCPFrame(flags: [.syn, .ack], sequence: 7000, acknowledged: 5001, six: six))
            }
            for _ in 0..<2 {
                try program.receive(
                    TCPFrame(flags: .ack, sequence: 5001, acknowledged: 7001, six: six))
            }
            latencies = try tcp.latencies(of: 1)
            #expect(latencies.clientReply.count == 1)
            #expect(latencies.serverReply.count == 1)
            #expect(latencies.serverAcknowledged.count == 1)
            #expect(latencies.roundTrip.count == 0)
        }

        /// Data of one direction, as (first byte, bytes), and what is said of it.
        struct Script: CustomTestStringConvertible, Sendable {
            let testDescription: String
            let packets: [(UInt32, Int)]
            var retransmitted = (0, 0)
            var late = (0, 0)
            var unclear = (0, 0)
            var gaps = 0
        }

        static let scripts: [Script] = [
            Script(testDescription: "in order", packets: [(0, 10), (10, 10), (20, 5)]),
            Script(
                testDescription: "sent again", packets: [(0, 10), (10, 10), (10, 10), (0, 20)],
                retransmitted: (2, 30)),
            Script(
                testDescription: "sent again with more behind it",
                packets: [(0, 10), (5, 10), (15, 1)], retransmitted: (1, 5)),
            Script(
                testDescription: "overtaken", packets: [(0, 10), (20, 10), (10, 10), (30, 10)],
                late: (1, 10), gaps: 1),
            Script(
                testDescription: "overtaken, and sent again",
                packets: [(0, 10), (20, 10), (10, 10), (10, 10)], retransmitted: (1, 10),
                late: (1, 10), gaps: 1),
            Script(
                testDescription: "a gap filled from its front and its back",
                packets: [(0, 10), (40, 10), (10, 10), (30, 10), (20, 10), (20, 10)],
                retransmitted: (1, 10), late: (3, 30), gaps: 1),
            Script(
                testDescription: "a gap filled from its middle leaves two",
                packets: [(0, 10), (40, 10), (20, 10), (10, 10), (30, 10)], late: (1, 10),
                unclear: (2, 20), gaps: 1),
            Script(
                testDescription: "two gaps",
                packets: [(0, 10), (20, 10), (40, 10), (10, 10), (30, 10)], unclear: (2, 20),
                gaps: 2),
            Script(
                testDescription: "past the end of the numbers",
                packets: [(0xffff_fffa, 10), (4, 10), (0xffff_fffa, 10)], retransmitted: (1, 10)),
            Script(
                testDescription: "another connection's numbers",
                packets: [(0, 10), (0x6000_0000, 10), (0x6000_000a, 10)]),
        ]

        @Test(arguments: scripts, Direction.allCases)
        func `Data out of its order is told by what passed before`(
            _ script: Script, _ direction: Direction
        ) throws {
            let (program, tcp, port) = try Self.fresh()
            for (offset, bytes) in script.packets {
                let frame = TCPFrame(
                    flags: .ack, sequence: 1000 &+ offset, acknowledged: 1, payload: bytes,
                    port: port)
                if direction == .egress {
                    try program.send(frame)
                } else {
                    try program.receive(frame)
                }
            }
            var expected = TCPCounts()
            expected.retransmitted = Self.amount(script.retransmitted)
            expected.late = Self.amount(script.late)
            expected.unclear = Self.amount(script.unclear)
            expected.gaps = UInt64(script.gaps)
            #expect(tcp.counts(of: 1, direction) == expected)
        }

        @Test func `What was acknowledged is no gap any more`() throws {
            let (program, tcp) = try Self.program()
            func data(_ sequence: UInt32) -> TCPFrame {
                TCPFrame(flags: .ack, sequence: sequence, acknowledged: 1, payload: 10)
            }
            try program.receive(data(100))
            try program.receive(data(120))
            try program.send(TCPFrame(flags: .ack, acknowledged: 130))
            try program.receive(data(110))
            #expect(tcp.counts(of: 1, .ingress).gaps == 1)
            #expect(tcp.counts(of: 1, .ingress).retransmitted == .init(packets: 1, bytes: 10))
        }

        @Test func `An aggregated retransmission counts as its segments`() throws {
            let (program, tcp) = try Self.program()
            let frame = TCPFrame(flags: .ack, sequence: 500, acknowledged: 1, payload: 3000)
            try program.send(frame, gsoSegments: 3)
            try program.send(frame, gsoSegments: 3)
            #expect(tcp.counts(of: 1, .egress).retransmitted == .init(packets: 3, bytes: 3000))
        }

        @Test func `A round trip is taken of new data only`() throws {
            let (program, tcp) = try Self.program()
            func data(_ sequence: UInt32) -> TCPFrame {
                TCPFrame(flags: .ack, sequence: sequence, acknowledged: 1, payload: 10)
            }
            func acknowledge(_ number: UInt32) throws {
                try program.receive(TCPFrame(flags: .ack, acknowledged: number))
            }
            try program.send(data(90))  // learns the numbers
            try program.send(data(100))
            try acknowledge(100)
            try #expect(tcp.latencies(of: 1).roundTrip.count == 0)
            try acknowledge(110)
            try acknowledge(110)
            try #expect(tcp.latencies(of: 1).roundTrip.count == 1)
            // The next tick has come when a sample begins again; one that is sent again is given up.
            for number in UInt32(0)..<200 {
                try program.send(data(110 + number * 10))
                try program.send(data(110 + number * 10))
                try acknowledge(120 + number * 10)
            }
            try #expect(tcp.latencies(of: 1).roundTrip.count == 1)
        }

        @Test func `Connections that find no room are counted, and closed ones make room`() throws {
            let (program, tcp) = try Self.program(connections: 4)
            func syn(_ port: UInt16) throws {
                try program.send(TCPFrame(flags: .syn, sequence: 9, port: port))
            }
            for port in UInt16(1)...7 { try syn(port) }
            #expect(tcp.counts(of: 1, .egress).untracked == 3)
            #expect(tcp.counts(of: 1, .egress).syn == 7)
            for port in UInt16(1)...7 {
                try program.receive(
                    TCPFrame(flags: [.syn, .ack], acknowledged: 10, port: port))
            }
            try #expect(tcp.latencies(of: 1).clientReply.count == 4)
            try program.receive(TCPFrame(flags: .rst, port: 2))
            // Port 2 was answered, so any number closes it.
            try syn(8)
            #expect(tcp.counts(of: 1, .egress).untracked == 3)
            try syn(9)
            #expect(tcp.counts(of: 1, .egress).untracked == 4)
            #expect(tcp.stats.evictions == 0)
        }

        @Test func `A number that is given back begins from nothing`() throws {
            let (program, tcp) = try Self.program()
            try program.send(TCPFrame(flags: .syn, sequence: 9))
            try program.receive(TCPFrame(flags: [.syn, .ack], acknowledged: 10))
            try program.reset(1)
            #expect(tcp.counts(of: 1, .egress) == TCPCounts())
            try #expect(tcp.latencies(of: 1) == TCPLatencies())
        }

        private static func amount(_ pair: (Int, Int)) -> FlowLedger.Amount {
            .init(packets: UInt64(pair.0), bytes: UInt64(pair.1))
        }
    }
}
