/// State of a TCP connection: MIB_TCP_STATE of tcpmib.h.
package struct WindowsTCPState: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let closed = WindowsTCPState(rawValue: 1)
    package static let listen = WindowsTCPState(rawValue: 2)
    package static let synSent = WindowsTCPState(rawValue: 3)
    package static let synReceived = WindowsTCPState(rawValue: 4)
    package static let established = WindowsTCPState(rawValue: 5)
    package static let finWait1 = WindowsTCPState(rawValue: 6)
    package static let finWait2 = WindowsTCPState(rawValue: 7)
    package static let closeWait = WindowsTCPState(rawValue: 8)
    package static let closing = WindowsTCPState(rawValue: 9)
    package static let lastAck = WindowsTCPState(rawValue: 10)
    package static let timeWait = WindowsTCPState(rawValue: 11)
    package static let deleteTCB = WindowsTCPState(rawValue: 12)

    /// How many connections are in each state: rows of MIB_TCPROW_OWNER_PID, 24 bytes, or of
    /// MIB_TCP6ROW_OWNER_PID, 56 bytes (tcpmib.h).
    package static func counts(
        in bytes: [UInt8], of family: IPHelperTable.Family
    ) throws(IPHelperError) -> [WindowsTCPState: UInt64] {
        let offset = family == .v4 ? 0 : 48
        guard let rows = LittleEndianRows(bytes, size: rowSize(family)) else {
            throw IPHelperError(structure: "MIB_TCPROW_OWNER_PID (\(family))", size: bytes.count)
        }
        var counts: [WindowsTCPState: UInt64] = [:]
        for row in rows {
            guard let state: UInt32 = row.number(at: offset) else { continue }
            counts[WindowsTCPState(rawValue: state), default: 0] += 1
        }
        return counts
    }

    static func rowSize(_ family: IPHelperTable.Family) -> Int { family == .v4 ? 24 : 56 }
}
