import Glibc
import LinuxBackend
import MetricSchema
import Testing

extension KernelTier {
    /// Packets that die at a socket, and aggregated ones.
    @Suite
    struct SocketDropTests {
        @Test func `What a full socket buffer drops is what was sent and not read`() async throws {
            let lab = try Lab("sock")
            let socket = try NamespaceEntry.run(in: "/run/netns/\(lab.hosts[1])") {
                try Self.smallSocket(port: 9000)
            }
            defer { close(socket) }
            try await Observed.during { observed in
                try lab.datagrams(from: 0, to: 1, count: 100)
                let reading = try observed.scrape()
                var read: UInt64 = 0
                var byte: UInt8 = 0
                while recv(socket, &byte, 1, Int32(MSG_DONTWAIT)) >= 0 { read += 1 }
                #expect(read > 0 && read < 100)
                let labels = [
                    lab.pod(1), "reason=\"socket_rcvbuff\"", Direction.ingress.text,
                ]
                #expect(
                    reading.sum(Catalog.podDropPackets.descriptor, labels[0], labels[1], labels[2])
                        == 100 - read)
                #expect(
                    reading.sum(Catalog.podDropBytes.descriptor, labels[0], labels[1], labels[2])
                        == (100 - read) * 29)
                #expect(lab.allDrops(reading) == 100 - read, "\(lab.dropRows(reading))")
            }
        }

        @Test func `An aggregated packet that is dropped is one, with all its bytes`() async throws
        {
            let lab = try Lab("gso")
            try lab.inside(1, "nft", "add", "table", "inet", "t")
            try lab.inside(
                1, "nft", "add", "chain", "inet", "t", "c",
                "{ type filter hook input priority 0; }")
            // The handshake gets through, no data does.
            try lab.inside(
                1, "nft", "add", "rule", "inet", "t", "c", "tcp", "dport", "7000", "meta", "length",
                ">", "100", "counter", "drop")
            try lab.serve(1, "tcp-serve", "--port", "7000", "--sink", "--timeout", "10")
            try await Observed.during { observed in
                _ = try? lab.traffic(
                    0, "tcp-stream", "--to", lab.address(1), "--port", "7000", "--streams", "1",
                    "--bytes", "200000", "--timeout", "1")
                // The kernel tries on without the process.
                try lab.inside(0, "ip", "link", "set", "eth0", "down")
                let said = try lab.inside(1, "nft", "list", "table", "inet", "t")
                let counted = said.split(separator: "counter packets ").dropFirst().first ?? ""
                let words = counted.split(separator: " ")
                let packets = try #require(words.first.flatMap { UInt64($0) })
                let bytes = try #require(words.dropFirst(2).first.flatMap { UInt64($0) })
                #expect(bytes > packets * 1_500)
                let reading = try observed.scrape()
                let labels = [lab.pod(1), "reason=\"netfilter_drop\"", Direction.ingress.text]
                #expect(
                    reading.sum(Catalog.podDropPackets.descriptor, labels[0], labels[1], labels[2])
                        == packets)
                #expect(
                    reading.sum(Catalog.podDropBytes.descriptor, labels[0], labels[1], labels[2])
                        == bytes)
            }
        }

        /// A UDP socket with room for a few datagrams that nobody reads.
        private static func smallSocket(port: UInt16) throws -> Int32 {
            let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            var size: Int32 = 2304
            setsockopt(
                descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            try #require(descriptor >= 0 && bound == 0)
            return descriptor
        }
    }
}
