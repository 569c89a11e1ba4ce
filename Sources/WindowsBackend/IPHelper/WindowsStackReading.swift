import MetricSchema

/// What IP, UDP and TCP say in one network compartment, and its TCP connections: eight calls.
struct WindowsStackReading: Sendable {
    /// A place for each counter.
    private var numbers = [StackNumber](
        repeating: .narrow(0), count: WindowsStackCounter.allCases.count)
    private(set) var established: UInt64 = 0
    private(set) var sockets: [AddressFamily: [WindowsTCPState: UInt64]] = [:]
    /// As they were read, by family.
    private var connections: [(bytes: [UInt8], rowSize: Int)] = []

    /// `compartment` is that of a container, nil the host's.
    init(_ helper: any IPHelperTransport, compartment: UInt32? = nil) throws {
        func read(_ table: IPHelperTable) throws -> [UInt8] {
            try helper.read(table, compartment: compartment)
        }
        for family in IPHelperTable.Family.allCases {
            let label = family.label
            note(try IPStatistics(parsing: read(.ipStatistics(family))), of: label)
            note(try UDPStatistics(parsing: read(.udpStatistics(family))), of: label)
            note(try TCPStatistics(parsing: read(.tcpStatistics(family))), of: label)
            let rows = try read(.tcpConnections(family))
            sockets[label] = try WindowsTCPState.counts(in: rows, of: family)
            connections.append((rows, WindowsTCPState.rowSize(family)))
        }
    }

    subscript(_ counter: WindowsStackCounter) -> StackNumber { numbers[counter.rawValue] }

    private mutating func note(_ ip: IPStatistics, of family: AddressFamily) {
        set(.received, family, ip.received)
        set(.forwarded, family, ip.forwarded)
        set(.delivered, family, ip.delivered)
        set(.sent, family, ip.requestsOut)
        set(.headerErrors, family, ip.headerErrors)
        set(.addressErrors, family, ip.addressErrors)
        set(.unknownProtocols, family, ip.unknownProtocols)
        set(.discardedIn, family, ip.discardsIn)
        set(.reassemblyFailures, family, ip.reassemblyFailures)
        set(.discardedOut, family, ip.discardsOut)
        set(.noRoutes, family, ip.noRoutes)
        set(.fragmentFailures, family, ip.fragmentFailures)
    }

    private mutating func note(_ udp: UDPStatistics, of family: AddressFamily) {
        set(.datagramsIn, family, udp.datagramsIn)
        set(.datagramsOut, family, udp.datagramsOut)
        set(.noPorts, family, udp.noPorts)
        set(.datagramErrors, family, udp.errorsIn)
    }

    private mutating func note(_ tcp: TCPStatistics, of family: AddressFamily) {
        set(.activeOpens, family, tcp.activeOpens)
        set(.passiveOpens, family, tcp.passiveOpens)
        set(.attemptFails, family, tcp.attemptFails)
        set(.establishedResets, family, tcp.establishedResets)
        numbers[WindowsStackCounter(.segmentsIn, family).rawValue] = tcp.segmentsIn
        numbers[WindowsStackCounter(.segmentsOut, family).rawValue] = tcp.segmentsOut
        set(.retransmitted, family, tcp.retransmitted)
        set(.segmentErrors, family, tcp.errorsIn)
        set(.resetsOut, family, tcp.resetsOut)
        established += UInt64(tcp.established)
    }

    private mutating func set(_ quantity: StackQuantity, _ family: AddressFamily, _ value: UInt32) {
        numbers[WindowsStackCounter(quantity, family).rawValue] = .narrow(value)
    }

    // MARK: Whose they are

    /// Sources of which this system gives a container the host's numbers as its own: every counter is between what
    /// the host had before and what it had after this reading, or more than half of the connections are the host's.
    func sources(
        sharedWith before: WindowsStackReading, _ after: WindowsStackReading
    ) -> Set<StackSource> {
        var shared = Set(
            [StackSource.ip, .udp, .tcp].filter { source in
                let counters = WindowsStackCounter.allCases.filter { $0.source == source }
                // Nothing was counted: that much is true of any compartment.
                return counters.contains { self[$0].low > 0 }
                    && counters.allSatisfy {
                        self[$0].low &- before[$0].low <= after[$0].low &- before[$0].low
                    }
            })
        let rows = rows
        let common = rows.intersection(before.rows.union(after.rows))
        if common.count * 2 > rows.count { shared.insert(.connections) }
        return shared
    }

    private var rows: Set<ArraySlice<UInt8>> {
        connections.reduce(into: []) { rows, table in
            for place in stride(from: 0, to: table.bytes.count, by: table.rowSize) {
                rows.insert(table.bytes[place..<place + table.rowSize])
            }
        }
    }
}

extension StackNumber {
    /// The lower 32 bits, in which what grows between two readings of the host is told from what is elsewhere.
    fileprivate var low: UInt32 {
        switch self {
        case .narrow(let count): count
        case .wide(let count): UInt32(truncatingIfNeeded: count)
        }
    }
}

extension IPHelperTable.Family {
    var label: AddressFamily {
        switch self {
        case .v4: .ipv4
        case .v6: .ipv6
        }
    }
}
