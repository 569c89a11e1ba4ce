import LinuxBackend
import MetricSchema
import Testing

extension KernelTier {
    /// Names on their way from the program through the ring.
    @Suite
    struct DNSNameRingTests {
        private static let com = "03636f6d 00"

        private func bench(bufferBytes: Int = 1 << 20, top: Int = 20) throws -> DNSBench {
            var settings = DNSBench.settings
            settings.names = true
            settings.topNames = top
            settings.nameBufferBytes = bufferBytes
            return try DNSBench(settings)
        }

        @Test func `Queries and responses are counted by name, whatever its case`() throws {
            let bench = try bench()
            for name in ["0161 \(Self.com)", "0141 03434f4d 00", "0162 \(Self.com)"] {
                let query = DNSFrame.query(name: name)
                try bench.send(DNSFrame.udp(query))
                try bench.receive(
                    DNSFrame.udp(DNSFrame.response(to: query, code: 3), .toClient))
            }
            try bench.dns.readNames()
            let table = try #require(bench.dns.names(of: DNSBench.endpoint, .client))
            #expect(table.named["a.com"]?.queries == 2)
            #expect(table.named["a.com"]?[.nxdomain] == 2)
            #expect(table.named["b.com"]?.queries == 1)
            #expect(table.rest == DNSNameTable.Counts())
            #expect(bench.dns.names(of: DNSBench.endpoint, .server) == nil)
        }

        @Test func `The longest name comes through whole`() throws {
            let bench = try bench()
            try bench.send(
                DNSFrame.udp(DNSFrame.query(name: DNSMessageTests.longest + "00")))
            try bench.dns.readNames()
            let table = try #require(bench.dns.names(of: DNSBench.endpoint, .client))
            #expect(table.named.keys.map(\.count) == [253])
        }

        @Test func `With the ring full counts stay exact, and lost names are said`() throws {
            let bench = try bench(bufferBytes: 4096)
            for id in 0..<500 as Range<UInt16> {
                try bench.send(DNSFrame.udp(DNSFrame.query(id: id)))
            }
            try bench.dns.readNames()
            let counters = try bench.counters
            let table = try #require(bench.dns.names(of: DNSBench.endpoint, .client))
            let named = table.named["www.example.com"]?.queries ?? 0
            let lost = counters.client.lostNames(of: nil)
            #expect(counters.client.queryCount == 500)
            #expect(named > 10 && lost > 10)
            #expect(named + lost == 500)
            #expect(try bench.dns.lost().names == lost)
        }

        @Test func `Unless names are asked for none leave the kernel`() throws {
            let bench = try DNSBench()
            try bench.send(DNSFrame.udp(DNSFrame.query()))
            try bench.dns.readNames()
            #expect(bench.dns.names(of: DNSBench.endpoint, .client) == nil)
            #expect(try bench.dns.lost().names == 0)
        }
    }
}
