import Glibc

/// One short connection: connect, request, response, close.
final class Exchange {
    private let socket: Socket
    private var connecting = true
    private var unsent: UInt64
    private var missing: UInt64

    init(
        to address: SocketAddress, from source: SocketAddress?, request: UInt64, response: UInt64,
        reset: Bool
    ) throws(SystemError) {
        socket = try Socket.client(from: source, family: address.family)
        if reset { try socket.setResetOnClose() }
        unsent = request
        missing = response
        try socket.connect(to: address)
    }

    /// The descriptor with the event to wait for.
    var entry: pollfd {
        let event = connecting || unsent > 0 ? POLLOUT : POLLIN
        return pollfd(fd: socket.descriptor, events: Int16(event), revents: 0)
    }

    /// Does what can be done without blocking and returns whether the response is complete.
    func advance(with scratch: borrowing ByteBuffer) throws(SystemError) -> Bool {
        if connecting {
            try socket.throwPendingError(of: "connect")
            connecting = false
        }
        while unsent > 0 {
            let count = try socket.send(scratch.prefix(unsent))
            if count == 0 { return false }
            unsent -= UInt64(count)
        }
        while missing > 0 {
            guard let count = try socket.discard(Int(min(missing, 1 << 24))) else { return false }
            if count == 0 { throw SystemError("recv", code: ECONNRESET) }
            missing -= UInt64(count)
        }
        return true
    }
}
