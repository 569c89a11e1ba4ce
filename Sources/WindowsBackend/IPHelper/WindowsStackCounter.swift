import MetricSchema

/// What a Windows stack counts.
enum StackQuantity: Int, CaseIterable, Sendable {
    case received, forwarded, delivered, sent
    case headerErrors, addressErrors, unknownProtocols, discardedIn, reassemblyFailures
    case discardedOut, noRoutes, fragmentFailures
    case datagramsIn, datagramsOut, noPorts, datagramErrors
    case activeOpens, passiveOpens, attemptFails, establishedResets
    case segmentsIn, segmentsOut, retransmitted, segmentErrors, resetsOut

    var source: StackSource {
        if rawValue < Self.datagramsIn.rawValue { return .ip }
        return rawValue < Self.activeOpens.rawValue ? .udp : .tcp
    }
}

/// Tables of IP Helper that a network compartment may or may not have of its own.
enum StackSource: String, CaseIterable, Sendable {
    case ip, udp, tcp, connections
}

/// A quantity of one address family: a place in a row of counters.
struct WindowsStackCounter: RawRepresentable, CaseIterable, Hashable, Sendable {
    let rawValue: Int

    init(_ quantity: StackQuantity, _ family: AddressFamily) {
        rawValue = quantity.rawValue + (family == .ipv4 ? 0 : StackQuantity.allCases.count)
    }

    init?(rawValue: Int) {
        guard Self.places.contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    var source: StackSource {
        StackQuantity(rawValue: rawValue % StackQuantity.allCases.count)?.source ?? .ip
    }

    private static let places = 0..<(2 * StackQuantity.allCases.count)
    static let allCases: [WindowsStackCounter] = places.compactMap {
        WindowsStackCounter(rawValue: $0)
    }
}

/// A counter as Windows has it.
package enum StackNumber: Equatable, Sendable {
    case narrow(UInt32)
    case wide(UInt64)
}
