package import MetricSchema
package import Observability
import Synchronization

/// What IP, UDP and TCP of the host's network compartment count themselves, and its TCP sockets by state. Eight
/// calls a scrape. Windows' counters are 32 bits wide; they are made 64 from one scrape to the next.
package final class WindowsStackCollector: Collector {
    package let name = CollectorName("stack")
    static let metrics: [MetricDescriptor] = [
        Catalog.stackIPPackets.node, Catalog.stackIPDelivered.node, Catalog.stackIPForwarded.node,
        Catalog.stackIPErrors.node, Catalog.stackUDPDatagrams.node, Catalog.stackUDPErrors.node,
        Catalog.stackUDPReceiveErrors.node, Catalog.stackTCPOpens.node,
        Catalog.stackTCPFailedOpens.node, Catalog.stackTCPEstablished.node,
        Catalog.stackTCPEstablishedResets.node, Catalog.stackTCPSegments.node,
        Catalog.stackTCPRetransmitted.node, Catalog.stackTCPReceiveErrors.node,
        Catalog.stackTCPResetsSent.node, Catalog.socketCounts.node,
    ]

    private let helper: any IPHelperTransport
    private let wide = Mutex(WideStackCounters())

    package init(_ helper: any IPHelperTransport) {
        self.helper = helper
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let reading = try WindowsStackReading(helper)
        let row = wide.withLock { $0.row(of: reading) }
        samples.addStack(of: nil) { row[$0] }
        samples.add(reading.established, to: Catalog.stackTCPEstablished, of: nil)
        for (family, states) in reading.sockets {
            for (state, count) in WindowsTCPState.labelled(states) {
                samples.add(count, to: Catalog.socketCounts, of: nil, family, .tcp, state)
            }
        }
    }
}

extension WindowsTCPState {
    /// Those that Linux has too, by the names that both have for them. `deleteTCB` is Windows' own.
    private static let labels: [(WindowsTCPState, SocketState)] = [
        (.established, .established), (.synSent, .synSent), (.synReceived, .synReceived),
        (.finWait1, .finWait1), (.finWait2, .finWait2), (.timeWait, .timeWait), (.closed, .close),
        (.closeWait, .closeWait), (.lastAck, .lastAck), (.listen, .listen), (.closing, .closing),
    ]

    /// Every state that a socket of TCP can have, with how many are in it.
    static func labelled(
        _ counts: [WindowsTCPState: UInt64]
    ) -> [(state: SocketState, count: UInt64)] {
        let others = counts.filter { state, _ in !labels.contains { $0.0 == state } }
        return labels.map { ($0.1, counts[$0.0] ?? 0) } + [(.other, others.values.reduce(0, +))]
    }
}
