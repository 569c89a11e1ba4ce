/// An address, with a port or without: `192.0.2.1`, `192.0.2.1:6443`, `2001:db8::1`, `[2001:db8::1]:6443`.
package struct ServerAddress: Hashable, Sendable, LosslessStringConvertible {
    package let address: IPAddress
    /// Nil is every port.
    package let port: UInt16?

    package init(address: IPAddress, port: UInt16?) {
        self.address = address
        self.port = port
    }

    package init?(_ text: String) {
        if let address = IPAddress(text) {
            self.init(address: address, port: nil)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[colon...].dropFirst()
        guard digits.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
            let port = UInt16(digits), port > 0
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard let address = IPAddress(host) else { return nil }
        self.init(address: address, port: port)
    }

    package var description: String {
        guard let port else { return "\(address)" }
        return address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}
