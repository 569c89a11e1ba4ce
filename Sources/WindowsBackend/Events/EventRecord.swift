/// One event of Event Tracing for Windows, as `EventTransport` gives it.
package struct EventRecord: Equatable, Sendable {
    package let id: UInt16
    package let version: UInt8
    package let process: UInt32
    /// Nanoseconds since 1970.
    package let time: Int64
    /// As its version lays it out.
    package let data: ArraySlice<UInt8>
}

/// A batch of them.
package struct EventRecords: Equatable, Sendable {
    package private(set) var records: [EventRecord] = []
    /// Events the session had no room for.
    package private(set) var lost: UInt64 = 0
    package private(set) var unreadable = UnreadableValues()

    /// What follows a header without its data is lost: nothing tells where the next begins.
    package init(parsing bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let header = LittleEndianFields(rest)
            guard let time: UInt64 = header.number(at: 0),
                let process: UInt32 = header.number(at: 8),
                let id: UInt16 = header.number(at: 12), let version = header.byte(at: 14),
                let length: UInt32 = header.number(at: 16),
                let lost: UInt32 = header.number(at: 20),
                Int(length) <= rest.count - 24
            else {
                unreadable.note("an event's header")
                return
            }
            self.lost &+= UInt64(lost)
            records.append(
                EventRecord(
                    id: id, version: version, process: process, time: FileTime.nanoseconds(time),
                    data: rest.dropFirst(24).prefix(Int(length))))
            rest = rest.dropFirst(24 + Int(length))
        }
    }
}
