package import MetricSchema
package import Observability
import Synchronization

/// SYNs that listeners refused, as drops. The kernel frees those as consumed, so the drop program does not see them.
///
/// TcpExtListenDrops counts them in each namespace, and beside them last acknowledgements of handshakes that found
/// the accept queue full: those the drop program has as `tcp_listen_overflow`, so what it has is taken off. A kernel
/// without that reason mixes them with others, and there this is not to be used. A half-open connection that ICMP
/// ends is in TcpExtListenDrops too.
package final class ListenDropCollector: Collector, EndpointFollower {
    package let name = CollectorName("listen-drops")
    private let board: EndpointBoard
    private let reason: UInt32
    private let read: @Sendable (CollectorName) throws -> DropReading
    private let ledger: Mutex<ListenDropLedger>

    /// What is dropped after `before` and, taken later, `host` counts. `reason` is `tcp_listen_overflow`.
    package init(
        board: EndpointBoard, reason: UInt32, before: ListenOverflows, host: StackReading,
        read: @escaping @Sendable (CollectorName) throws -> DropReading
    ) {
        self.board = board
        self.reason = reason
        self.read = read
        ledger = Mutex(ListenDropLedger(host: host.counters, overflows: before.host))
    }

    package func follow(_ places: EndpointPlaces) {
        ledger.withLock { $0.begin(with: Set(places.namespaces.values.map(\.endpoint))) }
    }

    package func forget(_ endpoint: UInt16) {
        ledger.withLock { $0.forget(endpoint) }
    }

    /// A reading has the kernel's counters first: what happens in between is then among the overflows only, and the
    /// difference too small for a while, but not too big.
    package func collect(into samples: inout SampleBuffer) throws {
        let reading = try read(name)
        let own = try reading.stack?.get()
        let overflows = ListenOverflows(reading.rows, reason: reason)
        let ledger = ledger.withLock { ledger in
            if let own { ledger.note(host: own.counters, overflows: overflows) }
            ledger.note(reading.namespaces, overflows: overflows)
            return ledger
        }
        samples.add(ledger.node, to: Catalog.nodeDropPackets, .listenSYN, .ingress)
        for (endpoint, identity) in board.podIdentities {
            let refused = ledger.refused(by: endpoint)
            if refused > 0 {
                samples.add(
                    refused, to: Catalog.podDropPackets, PodLabel(identity), .listenSYN, .ingress)
            }
        }
    }
}

extension DropReason {
    /// SYNs for which there was no room in a listener's accept queue or queue of half-open connections.
    package static let listenSYN = DropReason("tcp_listen_syn")
}

/// What the drop program counted as `tcp_listen_overflow`, by the namespace that the listener is in.
package struct ListenOverflows: Sendable, Equatable {
    package var host: UInt64 = 0
    package var endpoints: [UInt16: UInt64] = [:]

    /// In an endpoint's namespace a packet was received (ingress). In the host's it is egress of the endpoint that
    /// sent it, or nobody's.
    package init(_ rows: [DropRow], reason: UInt32) {
        for row in rows where row.kind.reason == reason {
            if let endpoint = row.endpoint, endpoint != 0, row.kind.direction == .ingress {
                endpoints[endpoint, default: 0] += row.amount.packets
            } else if row.endpoint == 0 || row.kind.direction == .egress {
                host += row.amount.packets
            }
        }
    }
}
