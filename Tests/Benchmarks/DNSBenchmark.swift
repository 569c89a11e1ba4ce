import ArgumentParser
import CLibBPF
import LinuxBackend

/// Nanoseconds of DNS counting in the kernel, by BPF_PROG_TEST_RUN.
struct DNSBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns",
        abstract: "Nanoseconds per DNS message, and what the look at ports costs all others.",
        discussion: "Tests/Benchmarks/dns.sh measures the running agent. Needs root.")

    @Option(help: "Packets for each row and round.") var packets = 1_000_000
    @Option(help: "Rounds; the median is shown.") var rounds = 7

    func run() throws {
        print("ns per packet, median of \(rounds) rounds of \(packets) packets, interleaved")
        print(pad("packet", 24), pad("no ports", 10), pad("dns.ports", 10))
        let (without, with) = (try program(ports: []), try program(ports: DNSSettings().ports))
        let dns = try LiveDNSProgram(
            DNSSettings(), packets: with, endpoints: LinuxSettings().endpoints,
            cpus: Int(libbpf_num_possible_cpus()))
        for (name, frame) in [
            ("UDP, no DNS", Self.frame(ports: [0x30, 0x39, 0x23, 0x28], flags: [1, 0])),
            // The same query each time, so one that waits already; and a response to none.
            ("query", Self.frame(ports: [0x30, 0x39, 0, 53], flags: [1, 0])),
            ("response", Self.frame(ports: [0, 53, 0x30, 0x39], flags: [0x81, 0x80])),
        ] {
            var costs: [[Int]] = [[], []]
            for _ in 0..<rounds {
                for (place, program) in [without, with].enumerated() {
                    costs[place].append(
                        try program.testRun(.ingress, frame: frame, times: packets).nanoseconds)
                }
            }
            print(pad(name, 24), costs.map { pad("\(median($0))", 10) }.joined(separator: " "))
        }
        withExtendedLifetime(dns) {}
    }

    private func program(ports: [UInt16]) throws -> LivePacketProgram {
        let settings = LinuxSettings()
        let size = PacketProgramSize(
            cpus: Int(libbpf_num_possible_cpus()), cacheBytes: settings.flowCacheBytes,
            spillEntries: settings.spillEntries, endpoints: settings.endpoints)
        let program = try LivePacketProgram(size: size, dnsPorts: ports)
        try program.set(1, endpoint: 1, marks: [])
        return program
    }

    private func median(_ values: [Int]) -> Int { values.sorted()[values.count / 2] }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Ethernet, IPv4, UDP, and `www.example.com A` as a query or a response.
    private static func frame(ports: [UInt8], flags: [UInt8]) -> [UInt8] {
        let name = [3] + Array("www".utf8) + [7] + Array("example".utf8) + [3] + Array("com".utf8)
        let message: [UInt8] =
            [0x12, 0x34] + flags + [0, 1, 0, 0, 0, 0, 0, 0] + name + [0, 0, 1, 0, 1]
        let udp = ports + [0, UInt8(8 + message.count), 0, 0] + message
        return [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00]
            + [0x45, 0, 0, UInt8(20 + udp.count), 0, 0, 0, 0, 64, 17, 0, 0]
            + [10, 0, 0, 1, 10, 0, 0, 2] + udp
    }
}
