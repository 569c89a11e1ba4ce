import KernelABI
import MetricSchema
import Observability
import Testing

@testable import LinuxBackend

struct TCPSocketTests {
    private func words(_ totals: tcp_socket_totals) -> [UInt64] {
        withUnsafeBytes(of: totals) { Array($0.bindMemory(to: UInt64.self)) }
    }

    @Test("every counter of the program has its place")
    func places() throws {
        var counted = tcp_socket_totals()
        counted.retransmitted = (1, 2, 3)
        counted.retransmitted_bytes = 4
        counted.resets_received = 5
        counted.established = (6, 7)
        counted.failed.0 = (8, 9, 10, 11, 12, 13, 14)
        counted.failed.1 = (15, 16, 17, 18, 19, 20, 21)
        counted.closed = (22, 23, 24, 25, 26, 27)
        counted.resets_sent.0 = 28
        counted.resets_sent.63 = 29
        counted.unmeasured = (30, 31)
        counted.half_open_ended = 38
        counted.half_open_unwatched = 39
        counted.latencies.0.counts.0 = 32
        counted.latencies.0.nanoseconds = 33
        counted.latencies.1.counts.77 = 34
        counted.latencies.1.nanoseconds = 35
        counted.latencies.2.counts.1 = 36
        counted.latencies.2.nanoseconds = 37
        let totals = try #require(TCPSocketTotals(words(counted)))
        #expect(totals.retransmitted == [.data: 1, .syn: 2, .synAck: 3])
        #expect(totals.retransmittedBytes == 4 && totals.resetsReceived == 5)
        #expect(totals.established == [.client: 6, .server: 7])
        #expect(
            totals.failed[.client] == [
                .refused: 8, .timedOut: 9, .unreachable: 10, .reset: 11, .aborted: 12,
                .notSent: 13, .other: 14,
            ])
        #expect(totals.failed[.server]?[.refused] == 15 && totals.failed[.server]?[.other] == 21)
        #expect(
            totals.closed == [
                .closed: 22, .reset: 23, .aborted: 24, .timedOut: 25, .unreachable: 26, .other: 27,
            ])
        #expect(totals.resetsSent == [0: 28, 63: 29])
        #expect(totals.unmeasured == [.client: 30, .server: 31])
        #expect(totals.halfOpenEnded == 38 && totals.halfOpenUnwatched == 39)
        #expect(words(counted)[TCPSocketTotals.halfOpenWord] == 38)
        #expect(totals.connect.counts[0] == 32 && totals.connect.count == 32)
        #expect(totals.accept.counts[77] == 34 && totals.accept.count == 34)
        #expect(totals.roundTrip.counts[1] == 36 && totals.roundTrip.count == 36)
        #expect(totals.connect.nanoseconds == 33 && totals.accept.nanoseconds == 35)
        #expect(totals.roundTrip.nanoseconds == 37)
    }

    @Test("closed sets have the program's places")
    func enumerations() {
        #expect(TCPSegmentKind.allCases.count == Int(TCP_SEGMENTS.rawValue))
        #expect(TCPRole.allCases.count == Int(TCP_ROLES.rawValue))
        #expect(TCPFailure.allCases.count == Int(TCP_FAILURES.rawValue))
        #expect(TCPEnding.allCases.count == Int(TCP_ENDINGS.rawValue))
        #expect(LatencyBuckets.bounds.count == FOVEA_LATENCY_BOUNDS)
        #expect(LatencyBuckets.places == FOVEA_LATENCY_PLACES)
    }

    @Test("another number of words is not decoded", arguments: [0, 1, 331, 333, 2656])
    func size(_ count: Int) {
        #expect(TCPSocketTotals(Array(repeating: 1, count: count)) == nil)
    }

    @Test("sums are by counter")
    func sums() throws {
        let one = try #require(TCPSocketTotals((0..<UInt64(TCPSocketTotals.words)).map { $0 }))
        var sum = TCPSocketTotals()
        for _ in 0..<3 { sum += one }
        #expect(
            sum == TCPSocketTotals((0..<UInt64(TCPSocketTotals.words)).map { $0 * 3 }))
    }

    @Test(
        "a reset's reason is the kernel's own, in lower case; what has no name is its number",
        arguments: [
            (0, "not_specified"), (1, "no_socket"), (40, "reason_40"), (63, "other"),
        ] as [(UInt32, String)])
    func reasons(_ reason: UInt32, _ name: String) {
        let names = ResetReasonNames(kernelNames: [1: "SK_RST_REASON_NO_SOCKET"])
        #expect(names[reason] == name)
    }

    @Test("an endpoint without TCP has no series, and the node has noughts")
    func quiet() throws {
        let board = EndpointBoard()
        board.replace([.init(number: 3, owner: .namespace("blue"), links: ["pod1"])])
        var samples = SampleBuffer()
        try TCPSocketCollector(
            board: board, reasons: ResetReasonNames(kernelNames: [:]),
            totals: { _ in TCPSocketTotals() }, released: { TCPSocketTotals() }
        ).collect(into: &samples)
        for family in samples.families {
            #expect(family.descriptor.level == .node)
            #expect(
                family.values.allSatisfy { $0 == .count(0) }
                    || family.histograms == [LatencyHistogram()])
        }
        #expect(samples.families.count == 12)
    }
}
