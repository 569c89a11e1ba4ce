import LinuxBackend
import Observability
import Synchronization
import Testing

struct NodeProberTests {
    @Test("a node is asked only while no round trip to it is measured, and at its first address")
    func asked() async throws {
        let nodes = try ["busy=192.0.2.1", "calm=192.0.2.2", "calm=192.0.2.3", "gone=192.0.2.4"]
            .map { try #require(PeerNode($0)) }
        let measured = Mutex<[UInt64]>([5, 0, 0])
        let asked = Mutex<[String]>([])
        let prober = NodeProber(
            TCPPeers(servers: [], nodes: nodes), interval: .seconds(5)
        ) { node in
            measured.withLock { $0[node] }
        } ask: { address in
            asked.withLock { $0.append("\(address)") }
            return "\(address)" == "192.0.2.4" ? nil : 7000
        }
        #expect((0..<3).allSatisfy { prober.presence(of: $0) == nil })
        await prober.lookForAll()
        #expect(asked.withLock { $0 } == ["192.0.2.2", "192.0.2.4"])
        #expect(prober.presence(of: 0) == .heard)
        #expect(prober.presence(of: 1) == .answered(nanoseconds: 7000))
        #expect(prober.presence(of: 2) == .silent)

        // The first falls still, the others are heard.
        measured.withLock { $0 = [5, 1, 2] }
        await prober.lookForAll()
        #expect(asked.withLock { $0 } == ["192.0.2.2", "192.0.2.4", "192.0.2.1"])
        #expect(prober.presence(of: 0) == .answered(nanoseconds: 7000))
        #expect(prober.presence(of: 1) == .heard)
        #expect(prober.presence(of: 2) == .heard)
    }
}
