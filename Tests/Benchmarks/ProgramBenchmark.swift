import ArgumentParser
import CLibBPF
import LinuxBackend

/// Nanoseconds a packet costs in the kernel, by BPF_PROG_TEST_RUN.
struct ProgramBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "program",
        abstract: "Nanoseconds per packet, beside an empty program. Needs root.")

    @Option(help: "Packets for each row and round.") var packets = 2_000_000
    @Option(help: "Rounds; the median is shown.") var rounds = 7
    @Option(help: "Bytes of the flow cache.") var flowCacheBytes = LinuxSettings().flowCacheBytes

    func run() throws {
        print("ns per packet, median of \(rounds) rounds of \(packets) packets, interleaved")
        print("empty program; counting alone; with TCP followed (packets.tcp)")
        let columns = ["flows", "packet", "empty", "counting", "TCP too", "for TCP"]
        print(columns.map { pad($0, 12) }.joined())
        for (name, spread) in [("1", UInt32(0)), ("1k", 0x3ff), ("64k", 0xffff)] {
            let programs = [try program(spread, tcp: false), try program(spread, tcp: true)]
            for (kind, frame) in [
                ("UDP", Self.udp), ("TCP ACK", Self.ack), ("TCP data", Self.data),
            ] {
                for program in programs {
                    try program.testRun(.egress, frame: frame, times: packets)
                }
                var empty: [Int] = []
                var costs: [[Int]] = [[], []]
                for _ in 0..<rounds {
                    empty.append(
                        try programs[0].testRun(.nothing, frame: frame, times: packets).nanoseconds)
                    for place in programs.indices {
                        costs[place].append(
                            try programs[place].testRun(.egress, frame: frame, times: packets)
                                .nanoseconds)
                    }
                }
                let (floor, counting, all) = (median(empty), median(costs[0]), median(costs[1]))
                let row = [name, kind, "\(floor)", "\(counting)", "\(all)", "\(all - counting)"]
                print(row.map { pad($0, 12) }.joined())
            }
        }
        print("with more than one flow all columns draw a random number for each packet")
    }

    private func program(_ spread: UInt32, tcp: Bool) throws -> LivePacketProgram {
        let settings = LinuxSettings()
        let size = PacketProgramSize(
            cpus: Int(libbpf_num_possible_cpus()), cacheBytes: flowCacheBytes,
            spillEntries: settings.spillEntries, endpoints: settings.endpoints,
            connections: tcp ? settings.tcpConnections : 0, tcpFlows: settings.tcpFlows)
        let program = try LivePacketProgram(size: size, spread: spread, inOrder: true)
        try program.set(1, endpoint: 1, marks: [])
        return program
    }

    private func median(_ values: [Int]) -> Int { values.sorted()[values.count / 2] }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Ethernet, IPv4, UDP, 18 bytes of payload: 64 bytes on the wire with its checksum.
    private static let udp: [UInt8] =
        ethernet + [0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        + [0x30, 0x39, 0x23, 0x28, 0, 26, 0, 0] + [UInt8](repeating: 0, count: 18)

    /// The same with TCP: an acknowledgement alone.
    private static let ack: [UInt8] =
        ethernet + [0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        + [0x30, 0x39, 0x23, 0x28, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0]
        + [UInt8](repeating: 0, count: 6)

    /// Six bytes of data, which are taken for the next ones every time.
    private static let data: [UInt8] =
        ethernet + [0x45, 0, 0, 46, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        + [0x30, 0x39, 0x23, 0x28, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0]
        + [UInt8](repeating: 0, count: 6)

    private static let ethernet: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00]
}
