package import MetricSchema
package import Observability

/// TCP's connections, retransmissions and resets, of the node and of each endpoint, as sockets see them.
package struct TCPSocketCollector: Collector {
    package let name = CollectorName("tcp-sockets")
    private let board: EndpointBoard
    private let reasons: ResetReasonNames
    private let totals: @Sendable (UInt16) -> TCPSocketTotals
    private let released: @Sendable () -> TCPSocketTotals
    private let resets: HalfOpenResets?

    /// `totals` gives an endpoint's counters, and for 0 those of the host's own namespace; `released` those of
    /// endpoints that have no number any more. `resets` are beside these: connections that failed before they were
    /// sockets.
    package init(
        board: EndpointBoard, reasons: ResetReasonNames, resets: HalfOpenResets? = nil,
        totals: @escaping @Sendable (UInt16) -> TCPSocketTotals,
        released: @escaping @Sendable () -> TCPSocketTotals
    ) {
        self.board = board
        self.reasons = reasons
        self.resets = resets
        self.totals = totals
        self.released = released
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let resets = try resets?.current()
        var node = totals(0)
        node.addHalfOpen(resets: resets?[0])
        addPod(node, PodLabel(.node), to: &samples)
        for row in board.rows where row.identity != .node {
            var total = totals(row.number)
            total.addHalfOpen(resets: resets?[row.number])
            node += total
            addPod(total, PodLabel(row.identity), to: &samples)
        }
        node += released()
        node.addHalfOpen(resets: resets?.released)
        addNode(node, to: &samples)
    }

    /// All of the closed sets, noughts too: a rate needs a nought to begin from.
    private func addNode(_ total: TCPSocketTotals, to samples: inout SampleBuffer) {
        for kind in TCPSegmentKind.allCases {
            samples.add(
                total.retransmitted[kind] ?? 0, to: Catalog.nodeTCPRetransmittedPackets, kind)
        }
        samples.add(total.retransmittedBytes, to: Catalog.nodeTCPRetransmittedBytes)
        for (reason, count) in named(total.resetsSent) {
            samples.add(count, to: Catalog.nodeTCPResetsSent, reason)
        }
        samples.add(total.resetsReceived, to: Catalog.nodeTCPResetsReceived)
        for role in TCPRole.allCases {
            samples.add(total.established[role] ?? 0, to: Catalog.nodeTCPEstablished, role)
            samples.add(total.unmeasured[role] ?? 0, to: Catalog.nodeTCPUnmeasured, role)
            for failure in TCPFailure.allCases {
                samples.add(
                    total.failed[role]?[failure] ?? 0, to: Catalog.nodeTCPFailed, role, failure)
            }
        }
        for ending in TCPEnding.allCases {
            samples.add(total.closed[ending] ?? 0, to: Catalog.nodeTCPClosed, ending)
        }
        samples.add(total.halfOpenEnded, to: Catalog.nodeTCPHalfOpenEnded)
        samples.add(total.halfOpenUnwatched, to: Catalog.nodeTCPHalfOpenUnwatched)
        samples.add(total.connect, to: Catalog.nodeTCPConnectSeconds)
        samples.add(total.accept, to: Catalog.nodeTCPAcceptSeconds)
        samples.add(total.roundTrip, to: Catalog.nodeTCPRoundTripSeconds)
    }

    /// Series that are always nought are not written.
    private func addPod(
        _ total: TCPSocketTotals, _ pod: PodLabel, to samples: inout SampleBuffer
    ) {
        for (kind, count) in total.retransmitted where count != 0 {
            samples.add(count, to: Catalog.podTCPRetransmittedPackets, pod, kind)
        }
        if total.retransmittedBytes != 0 {
            samples.add(total.retransmittedBytes, to: Catalog.podTCPRetransmittedBytes, pod)
        }
        for (reason, count) in named(total.resetsSent) {
            samples.add(count, to: Catalog.podTCPResetsSent, pod, reason)
        }
        if total.resetsReceived != 0 {
            samples.add(total.resetsReceived, to: Catalog.podTCPResetsReceived, pod)
        }
        for (role, count) in total.established where count != 0 {
            samples.add(count, to: Catalog.podTCPEstablished, pod, role)
        }
        for (role, failed) in total.failed {
            for (failure, count) in failed where count != 0 {
                samples.add(count, to: Catalog.podTCPFailed, pod, role, failure)
            }
        }
        for (ending, count) in total.closed where count != 0 {
            samples.add(count, to: Catalog.podTCPClosed, pod, ending)
        }
        for (role, count) in total.unmeasured where count != 0 {
            samples.add(count, to: Catalog.podTCPUnmeasured, pod, role)
        }
        if total.halfOpenEnded != 0 {
            samples.add(total.halfOpenEnded, to: Catalog.podTCPHalfOpenEnded, pod)
        }
        let latencies = [
            (total.connect, Catalog.podTCPConnectSeconds),
            (total.accept, Catalog.podTCPAcceptSeconds),
            (total.roundTrip, Catalog.podTCPRoundTripSeconds),
        ]
        for (histogram, metric) in latencies where histogram.count != 0 {
            samples.add(histogram, to: metric, pod)
        }
    }

    /// Two numbers may have one name.
    private func named(_ resets: [UInt32: UInt64]) -> [ResetReason: UInt64] {
        Dictionary(
            resets.map { (ResetReason(reasons[$0.key]), $0.value) }, uniquingKeysWith: &+)
    }
}

extension TCPSocketTotals {
    /// Connections to this side that ended before there was a socket for them.
    fileprivate mutating func addHalfOpen(resets: UInt64?) {
        guard let resets else { return }
        failed[.server, default: [:]][.reset, default: 0] += resets
    }
}
