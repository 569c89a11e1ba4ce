import CLinux
import Glibc
package import Observability

/// Asks a node for a TCP connection: accepted or refused, it is there.
package enum NodeProbe {
    /// Nanoseconds until there was an answer; nil where none came in time. Blocks for as long as `milliseconds`. The
    /// connection is reset at once, so that it leaves nothing behind.
    package static func ask(_ address: IPAddress, port: UInt16, milliseconds: Int32 = 1000)
        -> UInt64?
    {
        let kind = fovea_stream | fovea_nonblocking | fovea_close_on_exec
        let descriptor = socket(address.isV4 ? AF_INET : AF_INET6, Int32(kind), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var abort = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &abort, socklen_t(MemoryLayout<linger>.size))
        let start = ContinuousClock.kernelNow
        var code = connect(descriptor, to: address, port) == 0 ? 0 : errno
        if code == EINPROGRESS {
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&entry, 1, milliseconds) == 1 else { return nil }
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        }
        return code == 0 || code == ECONNREFUSED ? ContinuousClock.kernelNow - start : nil
    }

    private static func connect(_ descriptor: Int32, to address: IPAddress, _ port: UInt16) -> Int32
    {
        if address.isV4 {
            var to = sockaddr_in()
            to.sin_family = sa_family_t(AF_INET)
            to.sin_port = port.bigEndian
            to.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.low).bigEndian
            return withUnsafeBytes(of: to) { connect(descriptor, $0) }
        }
        var to = sockaddr_in6()
        to.sin6_family = sa_family_t(AF_INET6)
        to.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &to.sin6_addr) { bytes in
            bytes.storeBytes(of: address.high.bigEndian, as: UInt64.self)
            bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return withUnsafeBytes(of: to) { connect(descriptor, $0) }
    }

    private static func connect(_ descriptor: Int32, _ address: UnsafeRawBufferPointer) -> Int32 {
        Glibc.connect(
            descriptor, address.baseAddress?.assumingMemoryBound(to: sockaddr.self),
            socklen_t(address.count))
    }
}
