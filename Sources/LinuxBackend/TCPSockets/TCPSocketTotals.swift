import KernelABI
package import MetricSchema

/// What became of one endpoint's TCP connections since its counters began.
package struct TCPSocketTotals: Equatable, Sendable {
    /// The program's struct as 64-bit words; its members lie one behind the other.
    package static let words = MemoryLayout<tcp_socket_totals>.size / 8
    /// The one that the agent counts itself.
    static let halfOpenWord =
        (MemoryLayout<tcp_socket_totals>.offset(of: \.half_open_ended) ?? 0) / 8

    package var retransmitted: [TCPSegmentKind: UInt64]
    package var retransmittedBytes: UInt64
    package var resetsReceived: UInt64
    package var established: [TCPRole: UInt64]
    package var failed: [TCPRole: [TCPFailure: UInt64]]
    package var closed: [TCPEnding: UInt64]
    /// By the running kernel's number for the reason; without those that never were.
    package var resetsSent: [UInt32: UInt64]
    /// Established, but how long it took is not known.
    package var unmeasured: [TCPRole: UInt64]
    /// Half-open connections whose SYN-ACK was sent again, and that came to nothing.
    package var halfOpenEnded: UInt64
    /// Those of which it is not known.
    package var halfOpenUnwatched: UInt64
    package var connect: LatencyHistogram
    package var accept: LatencyHistogram
    package var roundTrip: LatencyHistogram

    package init() {
        retransmitted = [:]
        retransmittedBytes = 0
        resetsReceived = 0
        established = [:]
        failed = [:]
        closed = [:]
        resetsSent = [:]
        unmeasured = [:]
        halfOpenEnded = 0
        halfOpenUnwatched = 0
        connect = LatencyHistogram()
        accept = LatencyHistogram()
        roundTrip = LatencyHistogram()
    }

    /// Nil for another number of words than the struct has.
    package init?(_ words: [UInt64]) {
        guard words.count == Self.words else { return nil }
        var rest = words[...]
        retransmitted = Self.take(&rest)
        retransmittedBytes = rest.removeFirst()
        resetsReceived = rest.removeFirst()
        established = Self.take(&rest)
        failed = [:]
        for role in TCPRole.allCases { failed[role] = Self.take(&rest) }
        closed = Self.take(&rest)
        resetsSent = [:]
        for reason in 0..<UInt32(TCP_RESET_REASONS) {
            let count = rest.removeFirst()
            if count != 0 { resetsSent[reason] = count }
        }
        unmeasured = Self.take(&rest)
        halfOpenEnded = rest.removeFirst()
        halfOpenUnwatched = rest.removeFirst()
        connect = Self.takeHistogram(&rest)
        accept = Self.takeHistogram(&rest)
        roundTrip = Self.takeHistogram(&rest)
    }

    private static func takeHistogram(_ rest: inout ArraySlice<UInt64>) -> LatencyHistogram {
        let nanoseconds = rest.removeFirst()
        let counts = Array(rest.prefix(LatencyBuckets.places))
        rest.removeFirst(LatencyBuckets.places)
        return LatencyHistogram(counts: counts, nanoseconds: nanoseconds) ?? LatencyHistogram()
    }

    /// One word for each case: cases are in the order of the program's enumeration.
    private static func take<Case: CaseIterable & Hashable>(
        _ rest: inout ArraySlice<UInt64>
    ) -> [Case: UInt64] {
        var counts: [Case: UInt64] = [:]
        for place in Case.allCases { counts[place] = rest.removeFirst() }
        return counts
    }

    package static func += (left: inout Self, right: Self) {
        left.retransmitted.merge(right.retransmitted, uniquingKeysWith: &+)
        left.retransmittedBytes &+= right.retransmittedBytes
        left.resetsReceived &+= right.resetsReceived
        left.established.merge(right.established, uniquingKeysWith: &+)
        left.failed.merge(right.failed) { $0.merging($1, uniquingKeysWith: &+) }
        left.closed.merge(right.closed, uniquingKeysWith: &+)
        left.resetsSent.merge(right.resetsSent, uniquingKeysWith: &+)
        left.unmeasured.merge(right.unmeasured, uniquingKeysWith: &+)
        left.halfOpenEnded &+= right.halfOpenEnded
        left.halfOpenUnwatched &+= right.halfOpenUnwatched
        left.connect += right.connect
        left.accept += right.accept
        left.roundTrip += right.roundTrip
    }
}
