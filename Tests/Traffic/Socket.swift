import Glibc

/// A socket which owns its file descriptor and closes it at the end of its life.
struct Socket: ~Copyable {
    let descriptor: Int32

    enum Kind {
        case stream, datagram, packet

        fileprivate var type: Int32 {
            switch self {
            case .stream: Int32(SOCK_STREAM.rawValue)
            case .datagram: Int32(SOCK_DGRAM.rawValue)
            case .packet: Int32(SOCK_RAW.rawValue)
            }
        }
    }

    init(family: Int32, kind: Kind, nonblocking: Bool = false) throws(SystemError) {
        var type = kind.type | Int32(SOCK_CLOEXEC.rawValue)
        if nonblocking { type |= Int32(SOCK_NONBLOCK.rawValue) }
        descriptor = socket(family, type, 0)
        if descriptor < 0 { throw SystemError("socket") }
    }

    init(adopting descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Opens a non-blocking socket bound for a server, on both families for the wildcard.
    static func server(kind: Kind, at address: SocketAddress) throws(SystemError) -> Socket {
        let socket = try Socket(family: address.family, kind: kind, nonblocking: true)
        try socket.set(SOL_SOCKET, SO_REUSEADDR, 1, named: "SO_REUSEADDR")
        if address.family == AF_INET6 {
            try socket.set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0, named: "IPV6_V6ONLY")
        }
        try socket.bind(to: address)
        if kind == .stream, listen(socket.descriptor, 65535) != 0 { throw SystemError("listen") }
        return socket
    }

    /// Opens a non-blocking TCP client socket; a port not given is chosen as late as possible.
    static func client(from source: SocketAddress?, family: Int32) throws(SystemError) -> Socket {
        let socket = try Socket(family: family, kind: .stream, nonblocking: true)
        try socket.set(SOL_SOCKET, SO_REUSEADDR, 1, named: "SO_REUSEADDR")
        if let source {
            if source.port == 0 {
                try socket.set(
                    Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, 1,
                    named: "IP_BIND_ADDRESS_NO_PORT")
            }
            try socket.bind(to: source)
        }
        return socket
    }

    func set(_ level: Int32, _ option: Int32, _ value: Int32, named name: String)
        throws(SystemError)
    {
        var value = value
        let size = socklen_t(MemoryLayout<Int32>.size)
        if setsockopt(descriptor, level, option, &value, size) != 0 {
            throw SystemError("setsockopt(\(name))")
        }
    }

    /// Has the socket end its connection by a reset when it is closed.
    func setResetOnClose() throws(SystemError) {
        var option = linger(l_onoff: 1, l_linger: 0)
        let size = socklen_t(MemoryLayout<linger>.size)
        if setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, size) != 0 {
            throw SystemError("setsockopt(SO_LINGER)")
        }
    }

    func bind(to address: SocketAddress) throws(SystemError) {
        if address.withPointer({ Glibc.bind(descriptor, $0, $1) }) != 0 {
            throw SystemError("bind")
        }
    }

    /// Connects, or begins to on a non-blocking stream socket.
    func connect(to address: SocketAddress) throws(SystemError) {
        if address.withPointer({ Glibc.connect(descriptor, $0, $1) }) != 0, errno != EINPROGRESS {
            throw SystemError("connect")
        }
    }

    /// Takes the next pending connection, or nil when there is none.
    func accept() throws(SystemError) -> Int32? {
        while true {
            let accepted = Glibc.accept(descriptor, nil, nil)
            if accepted >= 0 { return accepted }
            switch errno {
            case EAGAIN: return nil
            case EINTR, ECONNABORTED: continue
            default: throw SystemError("accept")
            }
        }
    }

    /// Sends what fits without blocking; zero when nothing does.
    func send(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Int {
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        let sent = Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags)
        if sent >= 0 { return sent }
        if errno == EAGAIN || errno == EINTR || errno == ENOBUFS { return 0 }
        throw SystemError("send")
    }

    /// Receives without blocking: nil when nothing is there, zero at the end of a stream.
    func receive(into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int? {
        let count = recv(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT))
        if count >= 0 { return count }
        if errno == EAGAIN || errno == EINTR { return nil }
        throw SystemError("recv")
    }

    /// Discards up to so many bytes of a TCP stream without copying them.
    func discard(_ count: Int) throws(SystemError) -> Int? {
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_TRUNC)
        let discarded = recv(descriptor, nil, count, flags)
        if discarded >= 0 { return discarded }
        if errno == EAGAIN || errno == EINTR { return nil }
        throw SystemError("recv")
    }

    /// Ends the sending half of the stream.
    func finishSending() throws(SystemError) {
        if shutdown(descriptor, Int32(SHUT_WR)) != 0 { throw SystemError("shutdown") }
    }

    /// Throws the error which is pending on the socket, naming the call which caused it.
    func throwPendingError(of call: String) throws(SystemError) {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        if getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) != 0 {
            throw SystemError("getsockopt(SO_ERROR)")
        }
        if code != 0 { throw SystemError(call, code: code) }
    }

    /// The bytes which the kernel still holds for sending.
    func queuedBytes() throws(SystemError) -> Int {
        var count: Int32 = 0
        if ioctl(descriptor, UInt(TIOCOUTQ), &count) != 0 { throw SystemError("ioctl(SIOCOUTQ)") }
        return Int(count)
    }

    func localPort() throws(SystemError) -> UInt16 {
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return getsockname(descriptor, pointer, &size)
        }
        if result != 0 { throw SystemError("getsockname") }
        // The port lies at the same place in sockaddr_in.
        return UInt16(bigEndian: address.sin6_port)
    }

    /// The packets which the kernel dropped because the receive buffer was full.
    func droppedPackets() throws(SystemError) -> UInt64 {
        var memory: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
        var size = socklen_t(MemoryLayout.size(ofValue: memory))
        let drops = 8 * MemoryLayout<UInt32>.size  // SK_MEMINFO_DROPS
        if getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, &memory, &size) != 0 {
            throw SystemError("getsockopt(SO_MEMINFO)")
        }
        return withUnsafeBytes(of: memory) {
            UInt64($0.load(fromByteOffset: drops, as: UInt32.self))
        }
    }

    /// Raises the limit of open files to the hard limit, for commands with many sockets.
    static func raiseDescriptorLimit() throws(SystemError) {
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 {
            throw SystemError("getrlimit")
        }
        limit.rlim_cur = limit.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 {
            throw SystemError("setrlimit")
        }
    }
}
