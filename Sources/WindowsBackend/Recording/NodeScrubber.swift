import Observability

/// Replaces what identifies a node in what its transports said, whatever they say it in: addresses always,
/// names where that is asked for. The same becomes the same, so that what belonged together still does.
package struct NodeScrubber {
    private var text: TextScrubber

    /// `hostNames` are what the machine calls itself.
    package init(hostNames: [String], hashesNames: Bool) {
        text = TextScrubber(hostNames: hostNames, hashesNames: hashesNames)
    }

    /// `file` says what it is, as in a recording.
    package mutating func scrub(_ bytes: [UInt8], of file: String) -> [UInt8] {
        let name = String(file.split(separator: "/").last ?? "")
        if file.hasPrefix("iphelper/") {
            if name == "interfaces.hex" { return interfaces(bytes) }
            if name == "tcp-connections-v4.hex" { return rows(bytes, size: 24, v4: [4, 12]) }
            if name == "tcp-connections-v6.hex" { return rows(bytes, size: 56, v6: [0, 24]) }
            if name == "udp-listeners-v4.hex" { return rows(bytes, size: 12, v4: [0]) }
            if name == "udp-listeners-v6.hex" { return rows(bytes, size: 28, v6: [0]) }
            return bytes
        }
        if file == EventProvider.pktmon.file { return packetEvents(bytes) }
        if file.hasPrefix("events/") { return events(bytes) }
        // Metadata without a packet: no address is in it.
        if file == "pktmon/stream.hex" { return bytes }
        if file.hasPrefix("perf/") { return instances(bytes) }
        return text.scrub(bytes)
    }

    package mutating func scrub(_ said: String) -> String { text.scrub(said) }

    // MARK: Structs of Windows

    private mutating func rows(
        _ bytes: [UInt8], size: Int, v4: [Int] = [], v6: [Int] = []
    ) -> [UInt8] {
        var bytes = bytes
        for row in stride(from: 0, through: bytes.count - size, by: size) {
            for (places, length) in [(v4, 4), (v6, 16)] {
                for place in places {
                    let range = row + place..<row + place + length
                    guard let address = IPAddress(networkOrder: bytes[range]) else { continue }
                    bytes.replaceSubrange(
                        range, with: Self.networkOrder(text.standIn(for: address)).suffix(length))
                }
            }
        }
        return bytes
    }

    /// PhysicalAddress, PermanentPhysicalAddress, Alias and Description of MIB_IF_ROW2.
    private mutating func interfaces(_ bytes: [UInt8]) -> [UInt8] {
        let size = 1352
        var bytes = bytes
        for row in stride(from: 0, through: bytes.count - size, by: size) {
            for place in [row + 1060, row + 1092] {
                let mac = bytes[place..<place + 6].reduce(0) { $0 << 8 | UInt64($1) }
                let new = text.standIn(forMAC: mac)
                for byte in 0..<6 {
                    bytes[place + byte] = UInt8(truncatingIfNeeded: new >> (40 - 8 * UInt64(byte)))
                }
            }
            for place in [row + 28, row + 542] {
                let name =
                    LittleEndianFields(bytes[...]).text(at: place, limit: 257) ?? ""
                let new = Array(scrub(text.standIn(forName: name)).utf16.prefix(256))
                for unit in 0..<257 {
                    let value = unit < new.count ? new[unit] : 0
                    bytes[place + 2 * unit] = UInt8(truncatingIfNeeded: value)
                    bytes[place + 2 * unit + 1] = UInt8(value >> 8)
                }
            }
        }
        return bytes
    }

    private static func networkOrder(_ address: IPAddress) -> [UInt8] {
        [address.high, address.low].flatMap { half in
            (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) }
        }
    }

    // MARK: Performance counters

    /// The first column.
    private mutating func instances(_ bytes: [UInt8]) -> [UInt8] {
        let lines = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        let scrubbed = lines.map { line in
            let instance = line.prefix { $0 != "\t" }
            return scrub(text.standIn(forName: String(instance))) + line.dropFirst(instance.count)
        }
        return Array(scrubbed.joined(separator: "\n").utf8)
    }

    // MARK: Events

    /// Strings within the user data, which are UTF-16: the first, which is a name, and addresses in others.
    /// A record's length follows what becomes of them.
    private mutating func events(_ bytes: [UInt8]) -> [UInt8] {
        Self.events(bytes) { _, data in userData(data) }
    }

    /// Of a packet what says where and why it was seen, and nothing of the packet; of other events, which have addresses
    /// out of packets and filters, that they were there.
    private func packetEvents(_ bytes: [UInt8]) -> [UInt8] {
        Self.events(bytes) { id, data in
            [160, 170].contains(id) ? Array(data.prefix(PacketRecord.eventSize)) : []
        }
    }

    private static func events(
        _ bytes: [UInt8], _ replaced: (_ id: UInt16, _ data: [UInt8]) -> [UInt8]
    ) -> [UInt8] {
        var scrubbed: [UInt8] = []
        var rest = bytes[...]
        while rest.count >= 24 {
            let fields = LittleEndianFields(rest)
            let length = Int(fields.number(at: 16, as: UInt32.self) ?? 0)
            guard length <= rest.count - 24 else { break }
            let id = fields.number(at: 12, as: UInt16.self) ?? 0
            let data = replaced(id, Array(rest.dropFirst(24).prefix(length)))
            var head = Array(rest.prefix(24))
            for byte in 0..<4 {
                head[16 + byte] = UInt8(truncatingIfNeeded: data.count >> (8 * byte))
            }
            scrubbed += head + data
            rest = rest.dropFirst(24 + length)
        }
        return scrubbed
    }

    private mutating func userData(_ data: [UInt8]) -> [UInt8] {
        var scrubbed: [UInt8] = []
        var place = 0
        while place < data.count {
            var units: [UInt16] = []
            var end = place
            while end + 1 < data.count, data[end + 1] == 0, (0x20..<0x7F).contains(data[end]) {
                units.append(UInt16(data[end]))
                end += 2
            }
            // Fewer than an address has are numbers, or nothing to hide.
            if units.count < 2 {
                scrubbed.append(data[place])
                place += 1
                continue
            }
            let said = String(decoding: units, as: UTF16.self)
            let new = scrub(place == 0 ? hashedLabels(said) : said)
            for unit in new.utf16 {
                scrubbed += [UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8)]
            }
            place = end
        }
        return scrubbed
    }

    /// Of a DNS name, so that a domain stays the same domain; the last label says nothing.
    private mutating func hashedLabels(_ name: String) -> String {
        let labels = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let hashed = labels.dropLast().map { text.standIn(forName: $0) }
        return (hashed + labels.suffix(1)).joined(separator: ".")
    }
}
