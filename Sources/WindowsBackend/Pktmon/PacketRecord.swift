/// What the packet monitor's stream says of one appearance of a packet: PACKETMONITOR_STREAM_METADATA, 40
/// bytes, packed (MicrosoftDocs/win32, desktop-src/pktmon).
package struct PacketRecord: Equatable, Sendable {
    package static let size = 40
    /// Of an event, without the packet in it.
    static let eventSize = 34

    /// The same for one packet wherever it appears, together with `number`.
    package let group: UInt64
    package let number: UInt16
    /// 0 where it is seen first.
    package let appearance: UInt16
    /// 1 in, 2 out, 3 receive, 4 transmit, 5 ingress, 6 egress; 0 not said.
    package let direction: UInt16
    /// 1 Ethernet, 3 IP and so on.
    package let type: UInt16
    package let component: UInt16
    package let edge: UInt16
    /// Nil for a packet that goes on.
    package let dropReason: PktmonDropReason?
    package let dropLocation: PktmonDropLocation
    package let processor: UInt16
    /// Nanoseconds since 1970.
    package let time: Int64
    /// As it was on the wire, link-layer header included.
    package let packetLength: UInt32

    init?(_ row: LittleEndianFields, packetLength: UInt32) {
        guard row.bytes.count >= Self.size, let processor: UInt16 = row.number(at: 30),
            let time: UInt64 = row.number(at: 32)
        else { return nil }
        self.init(
            row, processor: processor, time: FileTime.nanoseconds(time), packetLength: packetLength)
    }

    /// Event 160 or 170 of Microsoft-Windows-PktMon (jdu2600/Windows10EtwEvents has the manifest): the same fields up to
    /// the place of a drop, then the packet's size, its size as it was logged, and the packet, which is not read.
    init?(_ event: EventRecord) {
        let row = LittleEndianFields(event.data)
        guard let length: UInt16 = row.number(at: 30), row.bytes.count >= Self.eventSize
        else { return nil }
        self.init(row, processor: 0, time: event.time, packetLength: UInt32(length))
    }

    private init?(
        _ row: LittleEndianFields, processor: UInt16, time: Int64, packetLength: UInt32
    ) {
        guard let group: UInt64 = row.number(at: 0),
            let number: UInt16 = row.number(at: 8), let appearance: UInt16 = row.number(at: 10),
            let direction: UInt16 = row.number(at: 12), let type: UInt16 = row.number(at: 14),
            let component: UInt16 = row.number(at: 16), let edge: UInt16 = row.number(at: 18),
            let reason: UInt32 = row.number(at: 22), let location: UInt32 = row.number(at: 26)
        else { return nil }
        self.group = group
        self.number = number
        self.appearance = appearance
        self.direction = direction
        self.type = type
        self.component = component
        self.edge = edge
        dropReason = reason == 0 ? nil : PktmonDropReason(rawValue: reason)
        dropLocation = PktmonDropLocation(rawValue: location)
        self.processor = processor
        self.time = time
        self.packetLength = packetLength
    }
}

/// A batch of records as `PacketStreamTransport` gives them.
package struct PacketRecords: Equatable, Sendable {
    package private(set) var records: [PacketRecord] = []
    /// Packets the stream had no room for.
    package private(set) var missed: UInt64 = 0
    package private(set) var unreadable = UnreadableValues()

    /// Offsets are not trusted: a record that does not hold what it says is noted and left out. What follows
    /// a header without its data is lost, since nothing tells where the next begins.
    package init(parsing bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let header = LittleEndianFields(rest)
            guard let size: UInt32 = header.number(at: 0),
                let offset: UInt32 = header.number(at: 4),
                let length: UInt32 = header.number(at: 12),
                let missedWrites: UInt32 = header.number(at: 16),
                let missedReads: UInt32 = header.number(at: 20), Int(size) <= rest.count - 24
            else {
                unreadable.note("a record's header")
                return
            }
            missed &+= UInt64(missedWrites) &+ UInt64(missedReads)
            let data = rest.dropFirst(24).prefix(Int(size))
            if Int(offset) <= data.count,
                let record = PacketRecord(
                    LittleEndianFields(data.dropFirst(Int(offset))), packetLength: length)
            {
                records.append(record)
            } else {
                unreadable.note("a record's metadata")
            }
            rest = rest.dropFirst(24 + Int(size))
        }
    }

    /// Out of the packet monitor's events; those that are no packet are others' business.
    package init(events bytes: [UInt8]) {
        let events = EventRecords(parsing: bytes)
        missed = events.lost
        unreadable = events.unreadable
        for event in events.records where [160, 170].contains(event.id) {
            if let record = PacketRecord(event) {
                records.append(record)
            } else {
                unreadable.note("event \(event.id)")
            }
        }
    }
}
