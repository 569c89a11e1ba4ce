import MetricSchema
import Synchronization
import Testing

@testable import WindowsBackend

@Suite struct EndpointReaderTests {
    /// Counts how often endpoints are asked for, and fails when it is told to.
    private final class Counting: HNSTransport {
        let lists = Mutex(0)
        let fails = Mutex(false)

        func call(_ method: String, _ path: String) throws(HNSError) -> [UInt8] {
            if path == "/endpoints/" { lists.withLock { $0 += 1 } }
            if fails.withLock({ $0 }) { throw HNSError("\(method) \(path)", .result(.timeout)) }
            return Array(#"{"Success":true,"Output":[]}"#.utf8)
        }
    }

    /// Goes only when it is told to.
    private final class Clock: Sendable {
        let now = Mutex(ContinuousClock.now)
    }

    private let hns = Counting()
    private let clock = Clock()

    private func makeReader() -> EndpointReader {
        EndpointReader(HNSInventory(hns), now: { [clock] in clock.now.withLock { $0 } })
    }

    private var lists: Int { hns.lists.withLock { $0 } }

    @Test("one list is for every collector once, and who asks again has the next")
    func sharesOnce() throws {
        let reader = makeReader()
        for scrape in 1...3 {
            for collector in ["hns", "vfp", "services"] {
                _ = try reader.list(for: CollectorName(collector))
                #expect(lists == scrape)
            }
        }
    }

    @Test("a list is not for who comes long after it was made")
    func ages() throws {
        let reader = makeReader()
        _ = try reader.list(for: CollectorName("hns"))
        clock.now.withLock { $0 += .seconds(11) }
        _ = try reader.list(for: CollectorName("vfp"))
        #expect(lists == 2)
    }

    @Test("that there was no answer is told to all, and asked for again by the next")
    func sharesFailures() throws {
        let reader = makeReader()
        hns.fails.withLock { $0 = true }
        for collector in ["hns", "vfp"] {
            #expect(throws: HNSError.self) { try reader.list(for: CollectorName(collector)) }
        }
        #expect(lists == 1)
        hns.fails.withLock { $0 = false }
        _ = try reader.list(for: CollectorName("hns"))
        #expect(lists == 2)
    }

    @Test("collectors that ask at the same moment wait for one answer")
    func waitsTogether() async throws {
        let reader = makeReader()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...16 {
                group.addTask { _ = try reader.list(for: CollectorName("\(number)")) }
            }
            try await group.waitForAll()
        }
        #expect(lists == 1)
    }
}
