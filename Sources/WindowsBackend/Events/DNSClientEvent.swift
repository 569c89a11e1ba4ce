/// What Windows' resolver says it does (Microsoft-Windows-DNS-Client; jdu2600/Windows10EtwEvents has the
/// manifest). Only what is sent and what comes back is read; of the rest nothing is counted.
package enum DNSClientEvent: Equatable, Sendable {
    /// A question went to a server (3010).
    case sent(name: String, type: UInt32, server: String)
    /// A server's answer came (3011). `status` is a Windows error, 0 for an answer.
    case received(name: String, type: UInt32, server: String, status: UInt32)
    /// Whoever asked has an answer, from wherever (3008).
    case completed(name: String, type: UInt32, status: UInt32, results: String)
    /// The cache was asked and had this (3018).
    case cached(name: String, type: UInt32, status: UInt32)
    /// Any other event.
    case other(UInt16)

    /// Nil where the data is shorter than the version's layout. Later versions only add behind what is read
    /// here: 1 the client's process, 2 pointers.
    package init?(_ record: EventRecord) {
        var data = Data(record.data)
        switch record.id {
        case 3010:
            guard let name = data.text(), let type = data.u32(), let server = data.text() else {
                return nil
            }
            self = .sent(name: name, type: type, server: server)
        case 3011:
            guard let name = data.text(), let type = data.u32(), let server = data.text(),
                let status = data.u32()
            else { return nil }
            self = .received(name: name, type: type, server: server, status: status)
        case 3008:
            guard let name = data.text(), let type = data.u32(), data.u64() != nil,
                let status = data.u32(), let results = data.text()
            else { return nil }
            self = .completed(name: name, type: type, status: status, results: results)
        case 3018:
            guard let name = data.text(), let type = data.u32(), data.u64() != nil,
                let status = data.u32(), data.text() != nil
            else { return nil }
            self = .cached(name: name, type: type, status: status)
        default:
            self = .other(record.id)
            return
        }
        // What a version added must be there, or it is not the layout we think it is.
        let needsProcess = record.version >= 1 && record.id != 3008
        if needsProcess, data.u32() == nil { return nil }
    }

    /// Fields one behind the other, without padding.
    private struct Data {
        private var rest: ArraySlice<UInt8>
        init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

        mutating func u32() -> UInt32? { number() }
        mutating func u64() -> UInt64? { number() }

        private mutating func number<I: FixedWidthInteger>() -> I? {
            guard let number = LittleEndianFields(rest).number(at: 0, as: I.self) else {
                return nil
            }
            rest = rest.dropFirst(MemoryLayout<I>.size)
            return number
        }

        /// UTF-16 with a zero behind it.
        mutating func text() -> String? {
            var units: [UInt16] = []
            while let unit: UInt16 = number() {
                if unit == 0 { return String(decoding: units, as: UTF16.self) }
                units.append(unit)
            }
            return nil
        }
    }
}
