import MetricSchema
import Observability
import Testing

@testable import LinuxBackend

struct QdiscTests {
    @Test(
        "a full queue's drops are on the queue and on the root above it", arguments: Recording.all)
    func drops(_ recording: Recording) throws {
        let qdiscs = try Qdisc.all(in: recording.bytes("netlink/qdiscs"))
        let root = try #require(qdiscs.first { $0.kind == "htb" })
        let queue = try #require(qdiscs.first { $0.kind == "pfifo" })
        #expect(root.isRoot && root.ifindex == 10 && root.handle == 0x10000)
        #expect(!queue.isRoot && queue.parent == 0x10001)
        for qdisc in [root, queue] {
            #expect(qdisc.queuedPackets == 2 && qdisc.queuedBytes == 2 * 1042)
            // 30 were sent: those that left, those that wait, and the rest.
            #expect(qdisc.packets + 2 + UInt64(qdisc.drops) == 30)
            #expect(qdisc.bytes == qdisc.packets * 1042 && qdisc.packets >= 1)
        }
        #expect(root.overlimits > 0 && root.requeues == 0)
        #expect(qdiscs.contains { $0.kind == "clsact" && !$0.isRoot })
    }

    @Test("packets are of 64 bits where the kernel says so")
    func packets64() throws {
        let basic = NetlinkBytes.bytes(UInt64(7)) + NetlinkBytes.bytes(UInt32(1))
        let wide = NetlinkBytes.bytes(UInt64(1) << 32 + 1)
        let statistics =
            NetlinkBytes.attribute(1, basic + [0, 0, 0, 0]) + NetlinkBytes.attribute(8, wide)
        let answer = NetlinkBytes.message(
            36, [UInt8](repeating: 0, count: 20) + NetlinkBytes.attribute(7, statistics))
        #expect(try Qdisc.all(in: answer).map(\.packets) == [1 << 32 + 1])
    }

    @Test("a collector says roots only, and none without a queue", arguments: Recording.all)
    func collector(_ recording: Recording) throws {
        let collector = QdiscCollector {
            try recording.bytes("netlink/qdiscs")
        } links: {
            try recording.bytes("netlink/links")
        }
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        let drops = samples.families.first { $0.descriptor === Catalog.qdiscDrops.descriptor }
        #expect(drops?.rows.map(\.labels) == [#"interface="pod1",qdisc="htb""#])
    }
}

struct WideCountersTests {
    @Test("a counter of 32 bits counts on when it goes round")
    func round() {
        let wide = WideCounters<Int>()
        #expect(wide.total(of: 1, now: .max - 1) == 0xffff_fffe)
        #expect(wide.total(of: 1, now: 2) == 0x1_0000_0002)
        #expect(wide.total(of: 1, now: 2) == 0x1_0000_0002)
    }

    @Test("a counter that began anew adds what it has counted since")
    func anew() {
        let wide = WideCounters<Int>()
        #expect(wide.total(of: 1, now: 1_000) == 1_000)
        #expect(wide.total(of: 1, now: 10) == 1_010)
        #expect(wide.total(of: 2, now: 10) == 10)
    }

    @Test("what is not kept begins anew")
    func keep() {
        let wide = WideCounters<Int>()
        _ = wide.total(of: 1, now: 5)
        wide.keep([2])
        #expect(wide.total(of: 1, now: 3) == 3)
    }
}
