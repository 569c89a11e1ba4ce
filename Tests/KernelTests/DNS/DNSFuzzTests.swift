import LinuxBackend
import MetricSchema
import TestSupport
import Testing

extension KernelTier {
    /// Random and damaged bytes through the program in the kernel. Every run does the same.
    @Suite
    struct DNSFuzzTests {
        private static let seeds: [[UInt8]] = KernelTier.DNSMessageTests.cases.map {
            DNSFrame.bytes($0.hex)
        }

        private func damaged(_ dice: inout SeededGenerator) -> [UInt8] {
            if dice.once(in: 4) {
                return (0..<Int.random(in: 0...400, using: &dice)).map { _ in
                    UInt8.random(in: 0...255, using: &dice)
                }
            }
            var bytes = Self.seeds[Int.random(in: 0..<Self.seeds.count, using: &dice)]
            for _ in 0..<Int.random(in: 0...3, using: &dice) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &dice)
                switch Int.random(in: 0..<3, using: &dice) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &dice)
                case 1: bytes.removeSubrange(place...)
                default: bytes.insert(UInt8.random(in: 0...255, using: &dice), at: place)
                }
            }
            return bytes
        }

        private func messages(_ counters: DNSCounters) -> UInt64 {
            counters.client.queryCount + counters.client.responseCount
                + counters.server.queryCount + counters.server.responseCount
        }

        @Test
        func `Whatever comes over UDP is a query, a response or malformed, each exactly once`()
            throws
        {
            let bench = try DNSBench()
            var dice = SeededGenerator(seed: 7)
            for round in 1...8_000 as ClosedRange<UInt64> {
                let frame = DNSFrame.udp(
                    damaged(&dice), dice.once(in: 2) ? .toServer : .toClient,
                    six: dice.once(in: 2))
                let verdict =
                    try dice.once(in: 2) ? bench.receive(frame) : bench.send(frame)
                #expect(verdict == -1)
                if round % 1_000 == 0 {
                    let counters = try bench.counters
                    let malformed = counters.malformed.reduce(0, +)
                    #expect(messages(counters) + malformed == round)
                    // Damage that is never or always noticed would mean that nothing was tested.
                    #expect(malformed > round / 10 && malformed < round * 9 / 10)
                    #expect(counters.undetailed.allSatisfy { $0 == 0 })
                }
            }
        }

        @Test func `Whatever comes over TCP, no more messages are counted than there is room for`()
            throws
        {
            let bench = try DNSBench()
            var dice = SeededGenerator(seed: 8)
            var sequence: UInt32 = 0
            var room: UInt64 = 0
            for _ in 0..<6_000 {
                var payload = damaged(&dice)
                if !dice.once(in: 4) { payload = DNSFrame.prefixed(payload) }
                if dice.once(in: 10) { sequence &+= UInt32.random(in: 0...2_000, using: &dice) }
                let flags: UInt8 =
                    dice.once(in: 50) ? UInt8.random(in: 0...255, using: &dice) : 0x18
                let frame = DNSFrame.tcp(payload, sequence: sequence, flags: flags)
                #expect(try bench.send(frame) == -1)
                if !dice.once(in: 10) { sequence &+= UInt32(payload.count) }
                room += UInt64(payload.count / 2 + 1)
            }
            let counters = try bench.counters
            let all = messages(counters) + counters.malformed.reduce(0, +)
            #expect(all > 100 && all <= room)
            #expect(counters.undetailed.reduce(0, +) > 100)
        }
    }
}
