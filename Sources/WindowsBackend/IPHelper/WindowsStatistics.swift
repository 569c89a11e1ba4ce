// Statistics of protocols, one struct for each address family. Counters are 32 bits wide but for those
// that are UInt64 here: `WideningCounter` makes them 64.

/// MIB_TCPSTATS2, 72 bytes, or before Windows 10 1709 MIB_TCPSTATS, 60 bytes (tcpmib.h).
package struct TCPStatistics: Equatable, Sendable {
    package let activeOpens: UInt32
    package let passiveOpens: UInt32
    package let attemptFails: UInt32
    package let establishedResets: UInt32
    package let established: UInt32
    package let segmentsIn: StackNumber
    package let segmentsOut: StackNumber
    package let retransmitted: UInt32
    package let errorsIn: UInt32
    package let resetsOut: UInt32

    package init(parsing bytes: [UInt8]) throws(IPHelperError) {
        let row = LittleEndianFields(bytes[...])
        let isWide = bytes.count == 72
        guard isWide || bytes.count == 60, let activeOpens: UInt32 = row.number(at: 16),
            let passiveOpens: UInt32 = row.number(at: 20),
            let attemptFails: UInt32 = row.number(at: 24),
            let establishedResets: UInt32 = row.number(at: 28),
            let established: UInt32 = row.number(at: 32),
            let segmentsIn = Self.segments(row, isWide ? 40 : 36, isWide: isWide),
            let segmentsOut = Self.segments(row, isWide ? 48 : 40, isWide: isWide),
            let retransmitted: UInt32 = row.number(at: isWide ? 56 : 44),
            let errorsIn: UInt32 = row.number(at: isWide ? 60 : 48),
            let resetsOut: UInt32 = row.number(at: isWide ? 64 : 52)
        else { throw IPHelperError(structure: "MIB_TCPSTATS", size: bytes.count) }
        self.activeOpens = activeOpens
        self.passiveOpens = passiveOpens
        self.attemptFails = attemptFails
        self.establishedResets = establishedResets
        self.established = established
        self.segmentsIn = segmentsIn
        self.segmentsOut = segmentsOut
        self.retransmitted = retransmitted
        self.errorsIn = errorsIn
        self.resetsOut = resetsOut
    }

    private static func segments(
        _ row: LittleEndianFields, _ offset: Int, isWide: Bool
    ) -> StackNumber? {
        isWide
            ? row.number(at: offset).map(StackNumber.wide)
            : row.number(at: offset).map(StackNumber.narrow)
    }
}

/// MIB_UDPSTATS, 20 bytes (udpmib.h).
package struct UDPStatistics: Equatable, Sendable {
    package let datagramsIn: UInt32
    package let noPorts: UInt32
    package let errorsIn: UInt32
    package let datagramsOut: UInt32

    package init(parsing bytes: [UInt8]) throws(IPHelperError) {
        let row = LittleEndianFields(bytes[...])
        guard bytes.count == 20, let datagramsIn: UInt32 = row.number(at: 0),
            let noPorts: UInt32 = row.number(at: 4), let errorsIn: UInt32 = row.number(at: 8),
            let datagramsOut: UInt32 = row.number(at: 12)
        else { throw IPHelperError(structure: "MIB_UDPSTATS", size: bytes.count) }
        self.datagramsIn = datagramsIn
        self.noPorts = noPorts
        self.errorsIn = errorsIn
        self.datagramsOut = datagramsOut
    }
}

/// MIB_IPSTATS, 92 bytes (ipmib.h).
package struct IPStatistics: Equatable, Sendable {
    package let received: UInt32
    package let headerErrors: UInt32
    package let addressErrors: UInt32
    package let forwarded: UInt32
    package let unknownProtocols: UInt32
    package let discardsIn: UInt32
    package let delivered: UInt32
    package let requestsOut: UInt32
    package let routingDiscards: UInt32
    package let discardsOut: UInt32
    package let noRoutes: UInt32
    package let reassemblyFailures: UInt32
    package let fragmentFailures: UInt32

    package init(parsing bytes: [UInt8]) throws(IPHelperError) {
        let row = LittleEndianFields(bytes[...])
        var numbers: [UInt32] = []
        for place in 0..<23 {
            if let number: UInt32 = row.number(at: 4 * place) { numbers.append(number) }
        }
        guard bytes.count == 92, numbers.count == 23 else {
            throw IPHelperError(structure: "MIB_IPSTATS", size: bytes.count)
        }
        received = numbers[2]
        headerErrors = numbers[3]
        addressErrors = numbers[4]
        forwarded = numbers[5]
        unknownProtocols = numbers[6]
        discardsIn = numbers[7]
        delivered = numbers[8]
        requestsOut = numbers[9]
        routingDiscards = numbers[10]
        discardsOut = numbers[11]
        noRoutes = numbers[12]
        reassemblyFailures = numbers[16]
        fragmentFailures = numbers[18]
    }
}
