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

    func run() throws {
        print("ns per packet, median of \(rounds) rounds of \(packets) packets, interleaved")
        print(pad("flows", 10), pad("empty", 10), pad("fovea", 10), pad("difference", 12))
        for (name, spread) in [("1", UInt32(0)), ("1k", 0x3ff), ("64k", 0xffff)] {
            let size = PacketProgramSize(
                cpus: Int(libbpf_num_possible_cpus()), cacheBytes: LinuxSettings().flowCacheBytes,
                spillEntries: LinuxSettings().spillEntries, endpoints: 512)
            let program = try LivePacketProgram(size: size, spread: spread)
            try program.set(1, endpoint: 1, marks: [])
            try program.testRun(.ingress, frame: Self.frame, times: packets)
            var empty: [Int] = []
            var ours: [Int] = []
            for _ in 0..<rounds {
                empty.append(
                    try program.testRun(.nothing, frame: Self.frame, times: packets).nanoseconds)
                ours.append(
                    try program.testRun(.ingress, frame: Self.frame, times: packets).nanoseconds)
            }
            let (floor, cost) = (median(empty), median(ours))
            print(
                pad(name, 10), pad("\(floor)", 10), pad("\(cost)", 10), pad("\(cost - floor)", 12))
        }
        print("with more than one flow both columns draw a random number for each packet")
    }

    private func median(_ values: [Int]) -> Int { values.sorted()[values.count / 2] }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Ethernet, IPv4, UDP, 18 bytes of payload: 64 bytes on the wire with its checksum.
    private static let frame: [UInt8] =
        [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00]
        + [0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        + [0x30, 0x39, 0x23, 0x28, 0, 26, 0, 0] + [UInt8](repeating: 0, count: 18)
}
