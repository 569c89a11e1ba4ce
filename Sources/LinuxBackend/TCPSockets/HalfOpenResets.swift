import Synchronization

/// Half-open connections that a reset of their client ended. They are no sockets yet and no tracepoint tells of their
/// end, but the kernel counts them in each namespace (TcpExtEmbryonicRsts).
package final class HalfOpenResets: EndpointFollower {
    package struct Totals: Sendable {
        fileprivate var counter: NamespaceCounter
        /// Of endpoints whose numbers were given back.
        fileprivate(set) var released: UInt64 = 0

        /// 0 is the host's own namespace.
        subscript(endpoint: UInt16) -> UInt64 {
            endpoint == 0 ? counter.host : counter.grown(of: endpoint)
        }
    }

    private let read: @Sendable () throws -> (StackReading, [NamespaceSurvey<StackReading>.Reading])
    private let totals: Mutex<Totals>

    /// What is counted after `host`. `read` gives what the host's protocols say now, and endpoints' when last asked.
    package init(
        host: StackReading,
        read:
            @escaping @Sendable () throws -> (
                StackReading, [NamespaceSurvey<StackReading>.Reading]
            )
    ) {
        self.read = read
        totals = Mutex(
            Totals(counter: NamespaceCounter(.tcpEmbryonicResets, host: host.counters)))
    }

    package func follow(_ places: EndpointPlaces) {
        totals.withLock {
            $0.counter.begin(with: Set(places.namespaces.values.map(\.endpoint)))
        }
    }

    package func forget(_ endpoint: UInt16) {
        totals.withLock { totals in
            totals.released += totals[endpoint]
            totals.counter.forget(endpoint)
        }
    }

    /// Everything so far.
    func current() throws -> Totals {
        let (host, namespaces) = try read()
        return totals.withLock { totals in
            totals.counter.note(host: host.counters)
            totals.counter.note(namespaces)
            return totals
        }
    }
}
