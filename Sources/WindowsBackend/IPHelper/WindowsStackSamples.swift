import MetricSchema
import Observability

extension SampleBuffer {
    /// The counters of one stack; `identity` is nil for the host's. What `count` has none of is no series.
    mutating func addStack(
        of identity: Identity?, _ count: (WindowsStackCounter) -> UInt64?
    ) {
        func add<each L: Label>(
            _ count: UInt64?, _ metric: ScopedMetric<repeat each L>, _ labels: repeat each L
        ) {
            if let count { self.add(count, to: metric, of: identity, repeat each labels) }
        }
        func one(_ quantity: StackQuantity, _ family: AddressFamily) -> UInt64? {
            count(WindowsStackCounter(quantity, family))
        }
        for family in AddressFamily.allCases {
            add(one(.received, family), Catalog.stackIPPackets, family, .ingress)
            add(one(.sent, family), Catalog.stackIPPackets, family, .egress)
            add(one(.delivered, family), Catalog.stackIPDelivered, family)
            add(one(.forwarded, family), Catalog.stackIPForwarded, family)
            let errors: [(StackQuantity, Direction, IPErrorCause)] = [
                (.headerErrors, .ingress, .header), (.addressErrors, .ingress, .address),
                (.unknownProtocols, .ingress, .unknownProtocol),
                (.discardedIn, .ingress, .discarded),
                (.reassemblyFailures, .ingress, .reassembly),
                (.discardedOut, .egress, .discarded), (.noRoutes, .egress, .noRoute),
                (.fragmentFailures, .egress, .fragmentation),
            ]
            for (quantity, direction, cause) in errors {
                add(one(quantity, family), Catalog.stackIPErrors, family, direction, cause)
            }
            add(one(.datagramsIn, family), Catalog.stackUDPDatagrams, family, .ingress)
            add(one(.datagramsOut, family), Catalog.stackUDPDatagrams, family, .egress)
            add(one(.noPorts, family), Catalog.stackUDPErrors, family, .noPort)
            add(one(.datagramErrors, family), Catalog.stackUDPReceiveErrors, family)
        }
        // Of TCP the catalogue has the sum of both families.
        func both(_ quantity: StackQuantity) -> UInt64? {
            let counts = AddressFamily.allCases.compactMap { one(quantity, $0) }
            return counts.isEmpty ? nil : counts.reduce(0, &+)
        }
        add(both(.activeOpens), Catalog.stackTCPOpens, .client)
        add(both(.passiveOpens), Catalog.stackTCPOpens, .server)
        add(both(.attemptFails), Catalog.stackTCPFailedOpens)
        add(both(.establishedResets), Catalog.stackTCPEstablishedResets)
        add(both(.segmentsIn), Catalog.stackTCPSegments, .ingress)
        add(both(.segmentsOut), Catalog.stackTCPSegments, .egress)
        add(both(.retransmitted), Catalog.stackTCPRetransmitted)
        add(both(.segmentErrors), Catalog.stackTCPReceiveErrors)
        add(both(.resetsOut), Catalog.stackTCPResetsSent)
    }
}

extension StackSource {
    /// What endpoints have of it.
    var podMetrics: [MetricDescriptor] {
        switch self {
        case .ip:
            [
                Catalog.stackIPPackets.pod, Catalog.stackIPDelivered.pod,
                Catalog.stackIPForwarded.pod, Catalog.stackIPErrors.pod,
            ]
        case .udp:
            [
                Catalog.stackUDPDatagrams.pod, Catalog.stackUDPErrors.pod,
                Catalog.stackUDPReceiveErrors.pod,
            ]
        case .tcp:
            [
                Catalog.stackTCPOpens.pod, Catalog.stackTCPFailedOpens.pod,
                Catalog.stackTCPEstablished.pod, Catalog.stackTCPEstablishedResets.pod,
                Catalog.stackTCPSegments.pod, Catalog.stackTCPRetransmitted.pod,
                Catalog.stackTCPReceiveErrors.pod, Catalog.stackTCPResetsSent.pod,
            ]
        case .connections: [Catalog.socketCounts.pod]
        }
    }
}
