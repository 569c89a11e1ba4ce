package import KernelABI

/// What was not ordinary in one endpoint's TCP packets of one direction, since its counters began.
package struct TCPCounts: Equatable, Sendable {
    package var syn: UInt64 = 0
    package var synack: UInt64 = 0
    package var fin: UInt64 = 0
    package var rst: UInt64 = 0
    package var urg: UInt64 = 0
    package var ece: UInt64 = 0
    package var cwr: UInt64 = 0
    package var zeroWindows: UInt64 = 0
    package var retransmitted = FlowLedger.Amount()
    package var late = FlowLedger.Amount()
    package var unclear = FlowLedger.Amount()
    package var gaps: UInt64 = 0
    package var untracked: UInt64 = 0

    package init() {}

    package init(_ counters: tcp_counters) {
        syn = counters.syn
        synack = counters.synack
        fin = counters.fin
        rst = counters.rst
        urg = counters.urg
        ece = counters.ece
        cwr = counters.cwr
        zeroWindows = counters.zero_window
        retransmitted = .init(
            packets: counters.retransmitted_packets, bytes: counters.retransmitted_bytes)
        late = .init(packets: counters.late_packets, bytes: counters.late_bytes)
        unclear = .init(packets: counters.unclear_packets, bytes: counters.unclear_bytes)
        gaps = counters.gaps
        untracked = counters.untracked_packets
    }

    package static func += (left: inout TCPCounts, right: TCPCounts) {
        left.syn += right.syn
        left.synack += right.synack
        left.fin += right.fin
        left.rst += right.rst
        left.urg += right.urg
        left.ece += right.ece
        left.cwr += right.cwr
        left.zeroWindows += right.zeroWindows
        left.retransmitted += right.retransmitted
        left.late += right.late
        left.unclear += right.unclear
        left.gaps += right.gaps
        left.untracked += right.untracked
    }
}
