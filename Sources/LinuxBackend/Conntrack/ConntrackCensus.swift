package import MetricSchema
package import Observability

/// What a dump of one table comes to. Its size follows the endpoints and not the connections.
package struct ConntrackCensus: Sendable {
    package struct Kind: Hashable, Sendable {
        package let family: AddressFamily
        package let transport: TransportProtocol
        package let state: ConntrackState

        package init(
            _ family: AddressFamily, _ transport: TransportProtocol, _ state: ConntrackState
        ) {
            self.family = family
            self.transport = transport
            self.state = state
        }
    }

    package struct End: Hashable, Sendable {
        package let identity: IdentityNumber
        package let direction: Direction
        package let transport: TransportProtocol
    }

    private let view: IdentityIndex.View
    private let others: IdentityNumber
    package private(set) var pressure = PortPressure()
    private var byKind: [UInt64]
    /// Connections of endpoints, and the node's own: a connection between two endpoints is each one's.
    package private(set) var ends: [End: UInt64] = [:]
    package private(set) var entries: UInt64 = 0

    /// Addresses are named as in `view`; connections of addresses that are nobody's in it are of `others`.
    package init(_ view: IdentityIndex.View, others: IdentityNumber = .world) {
        self.view = view
        self.others = others
        byKind = Array(
            repeating: 0,
            count: AddressFamily.allCases.count * Self.transports.count * Self.states.count)
    }

    package mutating func add(_ entry: ConntrackEntry) {
        entries += 1
        let transport = TransportProtocol(number: entry.original.protocolNumber)
        byKind[Self.place(entry.isV6, transport, ConntrackState(entry))] += 1
        let source = add(entry.original.source, .egress, transport)
        pressure.add(entry, of: source == .world ? others : source)
        // Who answers, which is behind the address that was asked for where that is translated.
        add(entry.reply.source, .ingress, transport)
    }

    package var kinds: [Kind: UInt64] {
        var kinds: [Kind: UInt64] = [:]
        for (six, family) in [(false, AddressFamily.ipv4), (true, .ipv6)] {
            for transport in Self.transports {
                for state in Self.states {
                    let count = byKind[Self.place(six, transport, state)]
                    if count > 0 { kinds[Kind(family, transport, state)] = count }
                }
            }
        }
        return kinds
    }

    @discardableResult
    private mutating func add(
        _ address: IPAddress, _ direction: Direction, _ transport: TransportProtocol
    ) -> IdentityNumber {
        guard let identity = view.local(address) else { return view.identity(of: address) }
        ends[End(identity: identity, direction: direction, transport: transport), default: 0] += 1
        return identity
    }

    private static let transports = TransportProtocol.allCases
    private static let states = ConntrackState.allCases

    private static func place(
        _ six: Bool, _ transport: TransportProtocol, _ state: ConntrackState
    ) -> Int {
        ((six ? transports.count : 0) + transport.place) * states.count + state.place
    }
}

extension ConntrackState {
    /// `enum tcp_conntrack`, where the connection has one.
    init(_ entry: ConntrackEntry) {
        guard let state = entry.tcpState else {
            self =
                entry.status.contains(.assured)
                ? .assured : entry.status.contains(.seenReply) ? .replied : .unreplied
            return
        }
        self =
            switch state {
            case 0: .none
            case 1: .synSent
            case 2: .synReceived
            case 3: .established
            case 4: .finWait
            case 5: .closeWait
            case 6: .lastAck
            case 7: .timeWait
            case 8: .close
            case 9: .synSent2
            default: .unknown
            }
    }

    fileprivate var place: Int {
        switch self {
        case .none: 0
        case .synSent: 1
        case .synReceived: 2
        case .established: 3
        case .finWait: 4
        case .closeWait: 5
        case .lastAck: 6
        case .timeWait: 7
        case .close: 8
        case .synSent2: 9
        case .unreplied: 10
        case .replied: 11
        case .assured: 12
        case .unknown: 13
        }
    }
}

extension TransportProtocol {
    fileprivate var place: Int {
        switch self {
        case .tcp: 0
        case .udp: 1
        case .icmp: 2
        case .sctp: 3
        case .other: 4
        }
    }
}

extension ConntrackCensus {
    /// Of the table of the namespace that the thread is in.
    package static func live(_ view: IdentityIndex.View) throws -> ConntrackCensus {
        var census = ConntrackCensus(view)
        try LiveConntrack().dump { census.add($0) }
        return census
    }
}
