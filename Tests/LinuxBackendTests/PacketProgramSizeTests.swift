import Testing

@testable import LinuxBackend

struct PacketProgramSizeTests {
    @Test(
        "sets are the largest power of two that fits the bytes, and one at least",
        arguments: [
            (1, 0, 1), (1, 256, 1), (1, 511, 1), (1, 512, 2), (1, 8_388_608, 32_768),
            (2, 8_388_608, 16_384),
            (3, 8_388_608, 8192), (4, 8_388_608, 8192), (96, 8_388_608, 256),
            (128, 8_388_608, 256),
            (1024, 8_388_608, 32), (1024, 1, 1),
        ] as [(Int, Int, Int)])
    func sets(_ cpus: Int, _ bytes: Int, _ sets: Int) {
        #expect(Self.size(cpus, bytes).setsPerCPU == sets)
    }

    @Test("whatever the node, sets are a power of two within the budget and more than half of it")
    func budget() {
        for cpus in 1...300 {
            for shift in 17...24 {
                let size = Self.size(cpus, 1 << shift)
                let bytes = size.slots * 64
                #expect(size.setsPerCPU & (size.setsPerCPU - 1) == 0)
                #expect(bytes <= 1 << shift && bytes * 2 > 1 << shift)
            }
        }
    }

    @Test("a set is four slots")
    func slots() {
        #expect(Self.size(4, 8_388_608).slots == 131_072)
    }

    private static func size(_ cpus: Int, _ bytes: Int) -> PacketProgramSize {
        PacketProgramSize(cpus: cpus, cacheBytes: bytes, spillEntries: 1, endpoints: 1)
    }
}
