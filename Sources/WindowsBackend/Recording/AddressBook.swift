import Observability

/// Stand-ins for what identifies a node, the same for the same each time: addresses of the ranges that are
/// set aside for documentation (RFC 5737, RFC 3849, RFC 7042 §2.1.1), and names that are hashed.
struct AddressBook {
    /// Whether names are replaced as well.
    private let hashesNames: Bool
    private var v4: [IPAddress: IPAddress] = [:]
    private var v6: [IPAddress: IPAddress] = [:]
    private var macs: [UInt64: UInt64] = [:]
    private var names: [String: String] = [:]

    init(hashesNames: Bool) {
        self.hashesNames = hashesNames
    }

    /// Addresses that are the same everywhere stay: unspecified, loopback, multicast, broadcast. Which were in
    /// one network is not kept.
    mutating func standIn(for address: IPAddress) -> IPAddress {
        if address.isV4 {
            let number = UInt32(truncatingIfNeeded: address.low)
            if number >> 24 == 0 || number >> 24 == 127 || number >> 28 >= 14 { return address }
            if let known = v4[address] { return known }
            let new = IPAddress(v4: Self.v4(v4.count))
            v4[address] = new
            return new
        }
        if address.high == 0 && address.low <= 1 || address.high >> 56 == 0xff { return address }
        if let known = v6[address] { return known }
        // Link-local addresses stay link-local: code tells them apart.
        let isLinkLocal = address.high >> 54 == 0xfe80 >> 6
        let new = IPAddress(
            high: isLinkLocal ? 0xfe80 << 48 : 0x2001_0db8 << 32, low: UInt64(v6.count + 1))
        v6[address] = new
        return new
    }

    /// 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, and when those are used up 198.18.0.0/15.
    private static func v4(_ place: Int) -> UInt32 {
        let ranges: [UInt32] = [0xC000_0200, 0xC633_6400, 0xCB00_7100]
        let within = UInt32(place % 254 + 1)
        if place < 254 * ranges.count { return ranges[place / 254] + within }
        return 0xC612_0000 + UInt32(truncatingIfNeeded: place) & 0x1_FFFF
    }

    /// 48 bits. Broadcast and multicast stay, and so does none.
    mutating func standIn(forMAC mac: UInt64) -> UInt64 {
        if mac == 0 || mac >> 40 & 1 == 1 { return mac }
        if let known = macs[mac] { return known }
        // 00-00-5E-00-53-xx, and when those are used up locally administered ones.
        let place = UInt64(macs.count)
        let new = place < 256 ? 0x0000_5E00_5300 | place : 0x0200_5E00_0000 | place
        macs[mac] = new
        return new
    }

    /// With a key that is nowhere kept, and so not to be turned back. What Azure CNI puts behind a name
    /// stays, since pods are told by it; GUIDs and containers' IDs stay, since they say nothing.
    mutating func standIn(forName name: String) -> String {
        if !hashesNames || name.isEmpty || GUID(name) != nil || Self.isContainer(name) {
            return name
        }
        if let known = names[name] { return known }
        let ending = name.hasSuffix("-eth0") ? "-eth0" : ""
        var hasher = Hasher()
        hasher.combine(name.dropLast(ending.count))
        let digits = String(UInt64(bitPattern: Int64(hasher.finalize())), radix: 16)
        let new = "name-" + String(repeating: "0", count: 16 - digits.count) + digits + ending
        names[name] = new
        return new
    }

    /// Whole, or the first 12 digits of it.
    private static func isContainer(_ name: String) -> Bool {
        [12, 64].contains(name.utf8.count) && name.utf8.allSatisfy { $0.hexDigit != nil }
    }
}
