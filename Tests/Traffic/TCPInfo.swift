import Glibc

/// The counters which the kernel keeps for a TCP socket (`struct tcp_info` of linux/tcp.h).
struct TCPInfo {
    let bytesAcked: UInt64
    let segmentsOut: UInt32
    let segmentsIn: UInt32
    let dataSegmentsOut: UInt32
    let totalRetransmissions: UInt32
    let bytesRetransmitted: UInt64
    /// Smoothed, in microseconds.
    let roundTrip: UInt32

    /// Reads the counters at their kernel offsets, since glibc declares an older structure.
    init(of socket: borrowing Socket) throws(SystemError) {
        let buffer = ByteBuffer([UInt8](repeating: 0, count: 512))
        var size = socklen_t(buffer.bytes.count)
        let level = Int32(IPPROTO_TCP)
        if getsockopt(socket.descriptor, level, TCP_INFO, buffer.bytes.baseAddress, &size) != 0 {
            throw SystemError("getsockopt(TCP_INFO)")
        }
        totalRetransmissions = buffer.bytes.load(fromByteOffset: 100, as: UInt32.self)
        roundTrip = buffer.bytes.load(fromByteOffset: 68, as: UInt32.self)
        bytesRetransmitted = buffer.bytes.load(fromByteOffset: 208, as: UInt64.self)
        bytesAcked = buffer.bytes.load(fromByteOffset: 120, as: UInt64.self)
        segmentsOut = buffer.bytes.load(fromByteOffset: 136, as: UInt32.self)
        segmentsIn = buffer.bytes.load(fromByteOffset: 140, as: UInt32.self)
        dataSegmentsOut = buffer.bytes.load(fromByteOffset: 156, as: UInt32.self)
    }
}
