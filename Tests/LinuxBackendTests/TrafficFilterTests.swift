import Testing

@testable import LinuxBackend

/// Classifier filters as recorded in filters.hex.
struct TrafficFilterTests {
    @Test("filters have handle, priority and program; the chains they hang on are no filters")
    func all() throws {
        let filters = try TrafficFilter.all(in: Fixture.netlink("filters"))
        #expect(filters.map(\.handle) == [0xf0ea, 1])
        #expect(filters.map(\.priority) == [7, 49152])
        #expect(filters.map(\.kind) == ["bpf", "bpf"])
        #expect(filters.map(\.program) == ["packets.o:[tc]", "packets.o:[tc]"])
    }

    @Test("our own are told from others' by their handle")
    func ours() throws {
        let filters = try TrafficFilter.all(in: Fixture.netlink("filters"))
        #expect(filters.filter { $0.handle == LiveTrafficControl.handle }.map(\.priority) == [7])
    }
}
