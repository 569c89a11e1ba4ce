package import KernelABI
package import MetricSchema
package import Observability

/// TCP quality of the node's uplinks and of each endpoint, as the packets show it.
package struct TCPPacketCollector: Collector {
    package let name = CollectorName("tcp-packets")
    private let board: EndpointBoard
    private let counts: @Sendable (UInt16, Direction) -> TCPCounts
    private let latencies: @Sendable (UInt16) throws -> TCPLatencies
    private let stats: @Sendable () -> tcp_table_stats

    /// All of them give what was counted since the number was given to the endpoint.
    package init(
        board: EndpointBoard, counts: @escaping @Sendable (UInt16, Direction) -> TCPCounts,
        latencies: @escaping @Sendable (UInt16) throws -> TCPLatencies,
        stats: @escaping @Sendable () -> tcp_table_stats
    ) {
        self.board = board
        self.counts = counts
        self.latencies = latencies
        self.stats = stats
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let rows = board.rows
        for direction in Direction.allCases {
            var node = TCPCounts()
            for row in rows {
                let count = counts(row.number, direction)
                if row.identity == .node {
                    node += count
                } else {
                    add(count, of: PodLabel(row.identity), direction, to: &samples)
                }
            }
            add(node: node, direction, to: &samples)
        }
        var node = TCPLatencies()
        for row in rows {
            let latencies = try latencies(row.number)
            if row.identity == .node {
                node += latencies
            } else {
                add(latencies, of: PodLabel(row.identity), to: &samples)
            }
        }
        for (role, step, histogram) in node.handshakes {
            samples.add(histogram, to: Catalog.nodeTCPHandshake, role, step)
        }
        samples.add(node.roundTrip, to: Catalog.nodeTCPRoundTrip)
        let stats = stats()
        samples.add(stats.evictions, to: Catalog.tcpEvictions)
        samples.add(stats.lost_events, to: Catalog.tcpLostFlowEvents)
    }

    /// Series that are always nought are not written.
    private func add(
        _ counts: TCPCounts, of pod: PodLabel, _ direction: Direction,
        to samples: inout SampleBuffer
    ) {
        for (flag, count) in counts.flags where count > 0 {
            samples.add(count, to: Catalog.podTCPFlags, pod, direction, flag)
        }
        for (kind, amount) in counts.resequenced where !amount.isZero {
            samples.add(amount.packets, to: Catalog.podTCPResequencedPackets, pod, direction, kind)
            samples.add(amount.bytes, to: Catalog.podTCPResequencedBytes, pod, direction, kind)
        }
        let others = [
            (Catalog.podTCPZeroWindows, counts.zeroWindows), (Catalog.podTCPGaps, counts.gaps),
            (Catalog.podTCPUntracked, counts.untracked),
        ]
        for (metric, count) in others where count > 0 {
            samples.add(count, to: metric, pod, direction)
        }
    }

    private func add(
        _ latencies: TCPLatencies, of pod: PodLabel, to samples: inout SampleBuffer
    ) {
        for (role, step, histogram) in latencies.handshakes where histogram.count > 0 {
            samples.add(histogram, to: Catalog.podTCPHandshake, pod, role, step)
        }
        if latencies.roundTrip.count > 0 {
            samples.add(latencies.roundTrip, to: Catalog.podTCPRoundTrip, pod)
        }
    }

    private func add(
        node counts: TCPCounts, _ direction: Direction, to samples: inout SampleBuffer
    ) {
        for (flag, count) in counts.flags {
            samples.add(count, to: Catalog.nodeTCPFlags, direction, flag)
        }
        for (kind, amount) in counts.resequenced {
            samples.add(amount.packets, to: Catalog.nodeTCPResequencedPackets, direction, kind)
            samples.add(amount.bytes, to: Catalog.nodeTCPResequencedBytes, direction, kind)
        }
        samples.add(counts.zeroWindows, to: Catalog.nodeTCPZeroWindows, direction)
        samples.add(counts.gaps, to: Catalog.nodeTCPGaps, direction)
        samples.add(counts.untracked, to: Catalog.nodeTCPUntracked, direction)
    }
}

extension TCPCounts {
    fileprivate var flags: [(TCPFlag, UInt64)] {
        [
            (.syn, syn), (.synack, synack), (.fin, fin), (.rst, rst), (.urg, urg), (.ece, ece),
            (.cwr, cwr),
        ]
    }

    fileprivate var resequenced: [(ResequencedKind, FlowLedger.Amount)] {
        [(.retransmission, retransmitted), (.late, late), (.unclear, unclear)]
    }
}

extension TCPLatencies {
    fileprivate var handshakes: [(TCPRole, HandshakeStep, LatencyHistogram)] {
        [
            (.client, .synack, clientReply), (.server, .synack, serverReply),
            (.server, .ack, serverAcknowledged),
        ]
    }
}
