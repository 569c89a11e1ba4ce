import MetricSchema
import Observability

/// The 64-bit sides of a stack's 32-bit counters.
struct WideStackCounters {
    private enum Counter: Hashable {
        case received, forwarded, delivered, sent
        case header, address, unknownProtocol, discardedIn, reassembly
        case discardedOut, noRoute, fragmentation
        case datagramsIn, datagramsOut, noPort, udpErrors
        case activeOpens, passiveOpens, attemptFails, establishedResets
        case segmentsIn, segmentsOut, retransmitted, tcpErrors, resetsOut
    }

    private struct Key: Hashable {
        let counter: Counter
        let family: AddressFamily
    }

    private var counters: [Key: WideningCounter] = [:]

    private mutating func wide(
        _ value: UInt32, _ counter: Counter, _ family: AddressFamily
    ) -> UInt64 {
        let key = Key(counter: counter, family: family)
        counters[key, default: WideningCounter()].read(value)
        return counters[key]?.total ?? 0
    }

    mutating func write(
        _ ip: IPStatistics, of family: AddressFamily, to samples: inout SampleBuffer
    ) {
        samples.add(
            wide(ip.received, .received, family), to: Catalog.stackIPPackets, of: nil, family,
            .ingress)
        samples.add(
            wide(ip.requestsOut, .sent, family), to: Catalog.stackIPPackets, of: nil, family,
            .egress)
        samples.add(
            wide(ip.delivered, .delivered, family), to: Catalog.stackIPDelivered, of: nil, family)
        samples.add(
            wide(ip.forwarded, .forwarded, family), to: Catalog.stackIPForwarded, of: nil, family)
        let errors: [(UInt32, Counter, Direction, IPErrorCause)] = [
            (ip.headerErrors, .header, .ingress, .header),
            (ip.addressErrors, .address, .ingress, .address),
            (ip.unknownProtocols, .unknownProtocol, .ingress, .unknownProtocol),
            (ip.discardsIn, .discardedIn, .ingress, .discarded),
            (ip.reassemblyFailures, .reassembly, .ingress, .reassembly),
            (ip.discardsOut, .discardedOut, .egress, .discarded),
            (ip.noRoutes, .noRoute, .egress, .noRoute),
            (ip.fragmentFailures, .fragmentation, .egress, .fragmentation),
        ]
        for (value, counter, direction, cause) in errors {
            samples.add(
                wide(value, counter, family), to: Catalog.stackIPErrors, of: nil, family, direction,
                cause)
        }
    }

    mutating func write(
        _ udp: UDPStatistics, of family: AddressFamily, to samples: inout SampleBuffer
    ) {
        samples.add(
            wide(udp.datagramsIn, .datagramsIn, family), to: Catalog.stackUDPDatagrams, of: nil,
            family, .ingress)
        samples.add(
            wide(udp.datagramsOut, .datagramsOut, family), to: Catalog.stackUDPDatagrams, of: nil,
            family, .egress)
        samples.add(
            wide(udp.noPorts, .noPort, family), to: Catalog.stackUDPErrors, of: nil, family, .noPort
        )
        samples.add(
            wide(udp.errorsIn, .udpErrors, family), to: Catalog.stackUDPReceiveErrors, of: nil,
            family)
    }

    /// Both families, of which the catalogue has the sum; IPv4 first.
    mutating func write(_ both: [TCPStatistics], to samples: inout SampleBuffer) {
        let families = zip(both, AddressFamily.allCases)
        func sum(_ counter: Counter, _ value: (TCPStatistics) -> UInt32) -> UInt64 {
            families.reduce(0) { $0 &+ wide(value($1.0), counter, $1.1) }
        }
        func segments(_ counter: Counter, _ value: (TCPStatistics) -> TCPStatistics.Segments)
            -> UInt64
        {
            families.reduce(0) { sum, family in
                switch value(family.0) {
                case .narrow(let count): sum &+ wide(count, counter, family.1)
                case .wide(let count): sum &+ count
                }
            }
        }
        samples.add(sum(.activeOpens, \.activeOpens), to: Catalog.stackTCPOpens, of: nil, .client)
        samples.add(sum(.passiveOpens, \.passiveOpens), to: Catalog.stackTCPOpens, of: nil, .server)
        samples.add(sum(.attemptFails, \.attemptFails), to: Catalog.stackTCPFailedOpens, of: nil)
        samples.add(
            both.reduce(0 as UInt64) { $0 + UInt64($1.established) },
            to: Catalog.stackTCPEstablished, of: nil)
        samples.add(
            sum(.establishedResets, \.establishedResets), to: Catalog.stackTCPEstablishedResets,
            of: nil)
        samples.add(
            segments(.segmentsIn, \.segmentsIn), to: Catalog.stackTCPSegments, of: nil, .ingress)
        samples.add(
            segments(.segmentsOut, \.segmentsOut), to: Catalog.stackTCPSegments, of: nil, .egress)
        samples.add(
            sum(.retransmitted, \.retransmitted), to: Catalog.stackTCPRetransmitted, of: nil)
        samples.add(sum(.tcpErrors, \.errorsIn), to: Catalog.stackTCPReceiveErrors, of: nil)
        samples.add(sum(.resetsOut, \.resetsOut), to: Catalog.stackTCPResetsSent, of: nil)
    }
}
