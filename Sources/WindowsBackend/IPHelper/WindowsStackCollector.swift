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
        var tcp: [TCPStatistics] = []
        for family in IPHelperTable.Family.allCases {
            let ip = try IPStatistics(parsing: read(.ipStatistics(family)))
            let udp = try UDPStatistics(parsing: read(.udpStatistics(family)))
            tcp.append(try TCPStatistics(parsing: read(.tcpStatistics(family))))
            wide.withLock { wide in
                wide.write(ip, of: family.label, to: &samples)
                wide.write(udp, of: family.label, to: &samples)
            }
            let states = try WindowsTCPState.counts(
                in: read(.tcpConnections(family)), of: family)
            let known = WindowsTCPState.labels
            for (state, label) in known {
                samples.add(
                    states[state] ?? 0, to: Catalog.socketCounts, of: nil, family.label, .tcp, label
                )
            }
            let others = states.filter { state, _ in !known.contains { $0.0 == state } }
            samples.add(
                others.values.reduce(0, +), to: Catalog.socketCounts, of: nil, family.label, .tcp,
                .other)
        }
        let both = tcp
        wide.withLock { $0.write(both, to: &samples) }
    }

    private func read(_ table: IPHelperTable) throws -> [UInt8] {
        try helper.read(table, compartment: nil)
    }
}

extension IPHelperTable.Family {
    fileprivate var label: AddressFamily {
        switch self {
        case .v4: .ipv4
        case .v6: .ipv6
        }
    }
}

extension WindowsTCPState {
    /// Those that Linux has too, by the names that both have for them. `deleteTCB` is Windows' own.
    fileprivate static let labels: [(WindowsTCPState, SocketState)] = [
        (.established, .established), (.synSent, .synSent), (.synReceived, .synReceived),
        (.finWait1, .finWait1), (.finWait2, .finWait2), (.timeWait, .timeWait), (.closed, .close),
        (.closeWait, .closeWait), (.lastAck, .lastAck), (.listen, .listen), (.closing, .closing),
    ]
}
