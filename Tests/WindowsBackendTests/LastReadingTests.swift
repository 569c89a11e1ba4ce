import Synchronization
import Testing

@testable import WindowsBackend

@Suite struct LastReadingTests {
    @Test("the same bytes are read once, others anew, and what cannot be read is tried again")
    func readsOnce() throws {
        struct Failure: Error {}
        let last = LastReading<Int>()
        var reads = 0
        func read(_ bytes: [UInt8]) throws -> Int {
            try last.answer(bytes) { bytes in
                reads += 1
                if bytes.isEmpty { throw Failure() }
                return bytes.count
            }
        }
        #expect(try [read([1]), read([1]), read([1, 2]), read([1])] == [1, 1, 2, 1])
        #expect(reads == 3)
        for _ in 0..<2 { #expect(throws: Failure.self) { try read([]) } }
        #expect(reads == 5)
        // A failure leaves what was read before.
        #expect(try read([1]) == 1)
        #expect(reads == 5)
    }

    @Test("HNS is asked each time, and a list that changed is another list")
    func followsChanges() throws {
        let hns = ReplayingHNS([
            "/endpoints/": ["00000001", "00000001", "00000002"].map {
                .json(
                    Array(
                        #"{"Success":true,"Output":[{"ID":"\#($0)-0000-0000-0000-000000000000"}]}"#
                            .utf8))
            }
        ])
        let inventory = HNSInventory(hns)
        let ids = try (0..<4).map { _ in try inventory.endpoints().endpoints.map { $0.id.prefix(8) }
        }
        #expect(ids == [["00000001"], ["00000001"], ["00000002"], ["00000002"]])
    }

    @Test("values that cannot be read count each time that they are there")
    func countsAgain() throws {
        let hns = ReplayingHNS([
            "/networks/": [
                .json(
                    Array(
                        #"{"Success":true,"Output":[{"ID":"3F2C6E0A-8D44-4F27-9A5B-0C6F1D7E2A01","Type":7}]}"#
                            .utf8))
            ]
        ])
        let inventory = HNSInventory(hns)
        var unreadable = UnreadableValues()
        for turn in 1...3 as ClosedRange<UInt64> {
            #expect(try inventory.networks(noting: &unreadable).count == 1)
            #expect(unreadable.count == turn)
        }
    }
}
