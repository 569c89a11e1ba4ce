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
        let board = PeerNodeBoard(capacity: 3)
        board.follow(nodes) { _, _ in }
        let prober = NodeProber(board, interval: .seconds(5)) { place in
            measured.withLock { $0[place] }
        } ask: { address in
            asked.withLock { $0.append("\(address)") }
            return "\(address)" == "192.0.2.4" ? nil : 7000
        }
        #expect(nodes.allSatisfy { prober.presence(of: $0.name) == nil })
        await prober.lookForAll()
        #expect(asked.withLock { $0 } == ["192.0.2.2", "192.0.2.4"])
        #expect(prober.presence(of: "busy") == .heard)
        #expect(prober.presence(of: "calm") == .answered(nanoseconds: 7000))
        #expect(prober.presence(of: "gone") == .silent)

        // The first falls still, the others are heard.
        measured.withLock { $0 = [5, 1, 2] }
        await prober.lookForAll()
        #expect(asked.withLock { $0 } == ["192.0.2.2", "192.0.2.4", "192.0.2.1"])
        #expect(prober.presence(of: "busy") == .answered(nanoseconds: 7000))
        #expect(prober.presence(of: "calm") == .heard)
        #expect(prober.presence(of: "gone") == .heard)
    }

    @Test("who comes is asked in turn, and who is gone is forgotten")
    func turns() async throws {
        let board = PeerNodeBoard(capacity: 4)
        let asked = Mutex<[String]>([])
        let prober = NodeProber(board, interval: .seconds(30)) { _ in
            0
        } ask: { address in
            asked.withLock { $0.append("\(address)") }
            return 1
        }
        func follow(_ texts: String...) throws {
            board.follow(try texts.map { try #require(PeerNode($0)) }) { _, _ in }
        }
        #expect(await prober.lookForNext() == .seconds(1))
        try follow("a=192.0.2.1", "b=192.0.2.2")
        for _ in 0..<3 { #expect(await prober.lookForNext() == .seconds(15)) }
        #expect(asked.withLock { $0 } == ["192.0.2.1", "192.0.2.2", "192.0.2.1"])
        try follow("b=192.0.2.2", "c=192.0.2.3")
        for _ in 0..<2 { _ = await prober.lookForNext() }
        #expect(asked.withLock { $0.suffix(2) } == ["192.0.2.2", "192.0.2.3"])
        #expect(prober.presence(of: "a") == nil)
        #expect(prober.presence(of: "c") == .answered(nanoseconds: 1))
    }
}
