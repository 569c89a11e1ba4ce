import ArgumentParser
import Glibc

/// An IPv4 or IPv6 address with a port, as sockets take it.
enum SocketAddress: ExpressibleByArgument, CustomStringConvertible {
    case v4(sockaddr_in)
    case v6(sockaddr_in6)

    /// Parses `192.0.2.1`, `2001:db8::1` or `fe80::1%eth0`; the port is zero.
    init?(argument: String) {
        var four = sockaddr_in()
        if inet_pton(AF_INET, argument, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            self = .v4(four)
            return
        }
        let parts = argument.split(separator: "%", maxSplits: 1).map(String.init)
        var six = sockaddr_in6()
        guard let host = parts.first, inet_pton(AF_INET6, host, &six.sin6_addr) == 1 else {
            return nil
        }
        six.sin6_family = sa_family_t(AF_INET6)
        if parts.count == 2 {
            six.sin6_scope_id = if_nametoindex(parts[1])
            guard six.sin6_scope_id != 0 else { return nil }
        }
        self = .v6(six)
    }

    /// The IPv6 wildcard, which a dual-stack socket also serves IPv4 on.
    static var any: SocketAddress {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        return .v6(address)
    }

    /// The wildcard of one address family.
    static func any(family: Int32) -> SocketAddress {
        if family == AF_INET6 { return any }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        return .v4(address)
    }

    /// The port in the byte order of the machine.
    var port: UInt16 {
        switch self {
        case .v4(let address): UInt16(bigEndian: address.sin_port)
        case .v6(let address): UInt16(bigEndian: address.sin6_port)
        }
    }

    var family: Int32 {
        switch self {
        case .v4: AF_INET
        case .v6: AF_INET6
        }
    }

    func with(port: UInt16) -> SocketAddress {
        switch self {
        case .v4(var address):
            address.sin_port = port.bigEndian
            return .v4(address)
        case .v6(var address):
            address.sin6_port = port.bigEndian
            return .v6(address)
        }
    }

    /// Calls the body with the address as the kernel reads it.
    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        switch self {
        case .v4(let address): Self.withPointer(to: address, body)
        case .v6(let address): Self.withPointer(to: address, body)
        }
    }

    private static func withPointer<Address, Result>(
        to address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafeBytes(of: address) { bytes in
            guard let base = bytes.baseAddress else {
                preconditionFailure("a socket address is never empty")
            }
            return body(base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }

    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        switch self {
        case .v4(var address):
            inet_ntop(AF_INET, &address.sin_addr, &text, socklen_t(text.count))
        case .v6(var address):
            inet_ntop(AF_INET6, &address.sin6_addr, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
