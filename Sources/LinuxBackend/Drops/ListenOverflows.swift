import MetricSchema

/// Last acknowledgements of handshakes that found the accept queue full, as the drop program counted them, by the
/// namespace that the listener is in.
package struct ListenOverflows: Sendable, Equatable {
    private(set) var host: UInt64
    private var endpoints: [UInt16: UInt64] = [:]
    private let lost: UInt64
    /// False where others may be among them.
    let isExact: Bool

    /// In an endpoint's namespace a packet was received (ingress). In the host's it is egress of the endpoint that
    /// sent it, or nobody's. What the drop program `lost` the details of may be in any namespace.
    package init(_ rows: [DropRow], lost: UInt64 = 0, by source: Source) {
        isExact = source.isExact
        self.lost = lost
        let places = source.places(of: rows)
        host = lost
        for row in rows where source.mayHave(row.kind, places) {
            if let endpoint = row.endpoint, endpoint != 0, row.kind.direction == .ingress {
                endpoints[endpoint, default: 0] += row.amount.packets
            } else if row.endpoint == 0 || row.kind.direction == .egress {
                host += row.amount.packets
            }
        }
    }

    func seen(by endpoint: UInt16) -> UInt64 { (endpoints[endpoint] ?? 0) + lost }

    /// How the drop program's rows tell them.
    package enum Source: Sendable {
        /// By a reason of their own: that number.
        case reason(UInt32)
        /// Among what TCP's functions that receive a packet dropped without a reason.
        case functions(KernelSymbols)

        var isExact: Bool {
            if case .reason = self { true } else { false }
        }

        fileprivate func places(of rows: [DropRow]) -> [UInt64: String] {
            guard case .functions(let symbols) = self else { return [:] }
            return symbols.names(for: Set(rows.map(\.kind.location).filter { $0 != 0 }))
        }

        /// A place without a name may be one of those functions.
        fileprivate func mayHave(_ kind: DropRow.Kind, _ places: [UInt64: String]) -> Bool {
            switch self {
            case .reason(let reason): kind.reason == reason
            case .functions:
                kind.location != 0
                    && places[kind.location].map {
                        $0.hasPrefix("tcp_v4_") || $0.hasPrefix("tcp_v6_")
                    } ?? true
            }
        }
    }
}
