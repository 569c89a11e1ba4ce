/// Addresses that begin alike: `192.0.2.0/24`, `2001:db8::/32`.
package struct AddressRange: Hashable, Sendable, CustomStringConvertible {
    package let first: IPAddress
    /// Of 128: an IPv4 prefix counts from ::ffff:0:0/96 on.
    package let prefixLength: Int

    /// Nil for anything but an address, a slash and a prefix length, with nothing set behind the prefix.
    package init?(_ text: some StringProtocol) {
        self.init(masking: text)
        let address = text.split(separator: "/").first.flatMap { IPAddress($0) }
        if address != first { return nil }
    }

    /// The same, and what is set behind the prefix does not matter.
    package init?(masking text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]), let length = UInt8(parts[1]),
            "\(length)" == parts[1], length <= (address.isV4 ? 32 : 128)
        else { return nil }
        prefixLength = Int(length) + (address.isV4 ? 96 : 0)
        first = address.prefix(prefixLength)
    }

    /// IPv4 addresses are in none of IPv6's ranges.
    package func contains(_ address: IPAddress) -> Bool {
        first.isV4 == address.isV4 && address.prefix(prefixLength) == first
    }

    package var description: String { "\(first)/\(prefixLength - (first.isV4 ? 96 : 0))" }
}

/// A name for addresses outside of the cluster: `office=192.0.2.0/24`.
package struct AddressGroup: Hashable, Sendable, LosslessStringConvertible {
    package let name: String
    package let range: AddressRange

    package init(name: String, range: AddressRange) {
        self.name = name
        self.range = range
    }

    package init?(_ text: String) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 2, let range = AddressRange(parts[1]), !parts[0].isEmpty,
            parts[0].allSatisfy({ $0.isLetter || $0.isNumber || "-._".contains($0) })
        else { return nil }
        self.init(name: String(parts[0]), range: range)
    }

    package var description: String { "\(name)=\(range)" }
}

extension IPAddress {
    /// The first bits of it, and noughts.
    package func prefix(_ length: Int) -> IPAddress {
        func mask(_ bits: Int) -> UInt64 {
            bits >= 64 ? .max : bits <= 0 ? 0 : ~(UInt64.max >> UInt64(bits))
        }
        return IPAddress(high: high & mask(length), low: low & mask(length - 64))
    }
}
