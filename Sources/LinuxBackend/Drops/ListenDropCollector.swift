package import MetricSchema
package import Observability
import Synchronization

/// SYNs that listeners refused, as drops. The kernel frees those as consumed, so the drop program does not see them.
///
/// TcpExtListenDrops counts them in each namespace, and beside them last acknowledgements of handshakes that found
/// the accept queue full, which the drop program has: what it has of them is taken off. On a kernel that has no reason
/// for these, everything is taken off that may be one, so that no packet counts twice, and what is left are at least so
/// many SYNs. A half-open connection that ICMP ends is in TcpExtListenDrops too.
package final class ListenDropCollector: Collector, EndpointFollower {
    package let name = CollectorName("listen-drops")
    private let board: EndpointBoard
    private let source: ListenOverflows.Source
    private let read: @Sendable (CollectorName) throws -> DropReading
    private let ledger: Mutex<ListenDropLedger>

    /// What is dropped after `before` and, taken later, `host` counts.
    package init(
        board: EndpointBoard, source: ListenOverflows.Source, before: ListenOverflows,
        host: StackReading, read: @escaping @Sendable (CollectorName) throws -> DropReading
    ) {
        self.board = board
        self.source = source
        self.read = read
        ledger = Mutex(ListenDropLedger(host: host.counters, overflows: before))
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
        let overflows = ListenOverflows(reading.rows, lost: reading.lost.packets, by: source)
        let ledger = ledger.withLock { ledger in
            ledger.note(host: own?.counters, reading.namespaces, overflows: overflows)
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
