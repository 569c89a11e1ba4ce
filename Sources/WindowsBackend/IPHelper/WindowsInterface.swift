import MetricSchema

/// One network interface: MIB_IF_ROW2 of netioapi.h, 1352 bytes on 64-bit Windows.
package struct WindowsInterface: Equatable, Sendable {
    package static let size = 1352

    /// Tells it from all others as long as the system runs.
    package let luid: UInt64
    /// As users see and can change it: `Ethernet 2`, `vEthernet (nat)`.
    package let alias: String
    package let description: String
    /// IANA's number: 6 Ethernet, 24 loopback, 131 tunnel.
    package let type: UInt32
    package let flags: Flags
    package let isUp: Bool
    /// Bits a second; 0 and all ones stand for not known.
    package let transmitSpeed: UInt64
    package let counters: CounterRow<InterfaceCounter>

    package struct Flags: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let hardware = Flags(rawValue: 1)
        /// A filter driver's face of an interface that is listed as well.
        package static let filter = Flags(rawValue: 2)
    }

    package static func all(in bytes: [UInt8]) throws(IPHelperError) -> [WindowsInterface] {
        guard let rows = LittleEndianRows(bytes, size: size) else {
            throw IPHelperError(structure: "MIB_IF_ROW2", size: bytes.count)
        }
        return rows.compactMap(WindowsInterface.init)
    }

    private init?(_ row: LittleEndianFields) {
        guard let luid: UInt64 = row.number(at: 0), let alias = row.text(at: 28, limit: 257),
            let description = row.text(at: 542, limit: 257),
            let type: UInt32 = row.number(at: 1128), let flags = row.byte(at: 1152),
            let status: UInt32 = row.number(at: 1156), let speed: UInt64 = row.number(at: 1192)
        else { return nil }
        self.luid = luid
        self.alias = alias
        self.description = description
        self.type = type
        self.flags = Flags(rawValue: flags)
        // IfOperStatusUp.
        isUp = status == 1
        transmitSpeed = speed
        func sum(_ first: Int, _ second: Int) -> UInt64? {
            guard let one: UInt64 = row.number(at: first), let two: UInt64 = row.number(at: second)
            else { return nil }
            return one &+ two
        }
        var counters = CounterRow<InterfaceCounter>()
        counters[.bytesIn] = row.number(at: 1208)
        counters[.packetsIn] = sum(1216, 1224)
        counters[.discardsIn] = row.number(at: 1232)
        counters[.errorsIn] = row.number(at: 1240)
        counters[.bytesOut] = row.number(at: 1280)
        counters[.packetsOut] = sum(1288, 1296)
        counters[.discardsOut] = row.number(at: 1304)
        counters[.errorsOut] = row.number(at: 1312)
        self.counters = counters
    }

    /// Bytes a second, where the device states its speed.
    package var bytesPerSecond: Double? {
        transmitSpeed == 0 || transmitSpeed == .max ? nil : Double(transmitSpeed) / 8
    }
}

/// What an interface counts.
package enum InterfaceCounter: Int, CaseIterable, Sendable {
    case packetsIn, bytesIn, discardsIn, errorsIn
    case packetsOut, bytesOut, discardsOut, errorsOut
}
