import CLibMNL
import CLinux
import Glibc

/// A netlink socket: requests out, the kernel's bytes back. One request at a time.
struct LiveNetlink: ~Copyable {
    /// Which part of the kernel answers.
    enum Family: String {
        case route = "rtnetlink"
        case netfilter = "nfnetlink"
        case socketDiagnosis = "sock_diag"

        fileprivate var number: Int32 {
            switch self {
            case .route: NETLINK_ROUTE
            case .netfilter: NETLINK_NETFILTER
            case .socketDiagnosis: NETLINK_SOCK_DIAG
            }
        }
    }

    private let socket: OpaquePointer
    private let family: Family

    init(_ family: Family = .route) throws {
        guard let socket = mnl_socket_open2(family.number, Int32(fovea_close_on_exec)) else {
            throw SystemCallError("mnl_socket_open", family.rawValue)
        }
        guard mnl_socket_bind(socket, 0, 0) == 0 else {
            let error = SystemCallError("mnl_socket_bind", family.rawValue)
            mnl_socket_close(socket)
            throw error
        }
        self.socket = socket
        self.family = family
        // Without it the kernel ignores filters in dump requests (Linux 5.0).
        var one: Int32 = 1
        _ = mnl_socket_setsockopt(
            socket, NETLINK_GET_STRICT_CHK, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit {
        mnl_socket_close(socket)
    }

    /// Every device of this namespace; `statistics` costs the kernel a walk over each device's counters.
    borrowing func links(statistics: Bool) throws -> [UInt8] {
        try request(UInt16(RTM_GETLINK), dump: true, header: ifinfomsg()) { message in
            if !statistics {
                mnl_attr_put_u32(message, UInt16(IFLA_EXT_MASK), UInt32(RTEXT_FILTER_SKIP_STATS))
            }
        }
    }

    /// Addresses of this namespace, or of the one that has the number `namespace` here (Linux 5.0).
    borrowing func addresses(namespace: Int32? = nil) throws -> [UInt8] {
        try request(UInt16(RTM_GETADDR), dump: true, header: ifaddrmsg()) { message in
            if let namespace {
                mnl_attr_put_u32(message, UInt16(IFA_TARGET_NETNSID), UInt32(bitPattern: namespace))
            }
        }
    }

    borrowing func routes() throws -> [UInt8] {
        try request(UInt16(RTM_GETROUTE), dump: true, header: rtmsg())
    }

    /// Every qdisc of this namespace's devices.
    borrowing func qdiscs() throws -> [UInt8] {
        try request(UInt16(RTM_GETQDISC), dump: true, header: tcmsg())
    }

    /// The number a namespace has in this one; nil where it has none, and so shares no link with it.
    borrowing func number(ofNamespace descriptor: Int32) throws -> Int32? {
        let answer = try request(UInt16(RTM_GETNSID), dump: false, header: rtgenmsg()) { message in
            mnl_attr_put_u32(message, UInt16(NETNSA_FD), UInt32(bitPattern: descriptor))
        }
        for message in try NetlinkMessage.all(in: answer[...]) where message.type == RTM_NEWNSID {
            for attribute in try NetlinkAttribute.all(in: message.payload.dropFirst(4))
            where attribute.type == NETNSA_NSID {
                let number = try attribute.integer(Int32.self)
                return number >= 0 ? number : nil
            }
        }
        return nil
    }

    /// Classifier filters on one hook of an interface's clsact qdisc.
    borrowing func filters(on ifindex: UInt32, _ hook: TrafficFilter.Hook) throws -> [TrafficFilter]
    {
        var header = tcmsg()
        header.tcm_ifindex = Int32(bitPattern: ifindex)
        header.tcm_parent = hook.rawValue
        return try TrafficFilter.all(
            in: request(UInt16(RTM_GETTFILTER), dump: true, header: header))
    }

    /// The whole answer, of one moment.
    borrowing func request<Header: BitwiseCopyable>(
        _ type: UInt16, dump: Bool, header: Header,
        attributes: (UnsafeMutablePointer<nlmsghdr>) -> Void = { _ in }
    ) throws -> [UInt8] {
        for _ in 0..<Self.attempts {
            var answer: [UInt8] = []
            let whole = try stream(type, dump: dump, header: header, attributes: attributes) {
                answer.append(contentsOf: $0)
            }
            if whole { return answer }
        }
        throw SystemCallError(
            family.rawValue, "type \(type), changing all the time", code: EAGAIN)
    }

    /// Hands over the answer as it comes, whole messages at a time, in memory that is used again after. False
    /// where things changed while the kernel was listing them: what it said may be neither old nor new.
    borrowing func stream<Header: BitwiseCopyable>(
        _ type: UInt16, dump: Bool, header: Header,
        attributes: (UnsafeMutablePointer<nlmsghdr>) -> Void = { _ in },
        to take: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Bool {
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: Self.bufferSize, alignment: 8)
        defer { buffer.deallocate() }
        guard let message = mnl_nlmsg_put_header(buffer) else {
            throw SystemCallError("mnl_nlmsg_put_header", code: ENOMEM)
        }
        let sequence = UInt32.random(in: 1 ... .max)
        message.pointee.nlmsg_type = type
        message.pointee.nlmsg_flags = UInt16(NLM_F_REQUEST) | (dump ? UInt16(NLM_F_DUMP) : 0)
        message.pointee.nlmsg_seq = sequence
        if let extra = mnl_nlmsg_put_extra_header(message, MemoryLayout<Header>.size) {
            extra.storeBytes(of: header, as: Header.self)
        }
        attributes(message)
        if mnl_socket_sendto(socket, buffer, Int(message.pointee.nlmsg_len)) < 0 {
            throw SystemCallError("mnl_socket_sendto", "type \(type)")
        }
        return try answer(to: type, sequence: sequence, in: buffer, dump: dump, to: take)
    }

    private borrowing func answer(
        to type: UInt16, sequence: UInt32, in buffer: UnsafeMutableRawPointer, dump: Bool,
        to take: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Bool {
        var interrupted = false
        while true {
            let length = mnl_socket_recvfrom(socket, buffer, Self.bufferSize)
            if length < 0 {
                if errno == EINTR { continue }
                throw SystemCallError("mnl_socket_recvfrom", "type \(type)")
            }
            let received = UnsafeRawBufferPointer(start: buffer, count: length)
            if length >= 16 {
                let first = received.loadUnaligned(as: nlmsghdr.self)
                if first.nlmsg_seq != sequence { continue }
                if Int32(first.nlmsg_flags) & NLM_F_DUMP_INTR != 0 { interrupted = true }
                switch Int32(first.nlmsg_type) {
                case NLMSG_ERROR:
                    let code =
                        length >= 20
                        ? received.loadUnaligned(fromByteOffset: 16, as: Int32.self) : 0
                    if code != 0 {
                        throw SystemCallError(family.rawValue, "type \(type)", code: code)
                    }
                    return true
                case NLMSG_DONE:
                    return !interrupted
                default: break
                }
            }
            try take(received)
            if !dump || received.endsADump { return !interrupted }
        }
    }

    private static let bufferSize = 64 * 1024
    private static let attempts = 8
}

extension UnsafeRawBufferPointer {
    /// Whether the last message in a datagram is NLMSG_DONE.
    fileprivate var endsADump: Bool {
        var offset = 0
        while offset + 16 <= count {
            let header = loadUnaligned(fromByteOffset: offset, as: nlmsghdr.self)
            if Int32(header.nlmsg_type) == NLMSG_DONE { return true }
            if header.nlmsg_len < 16 { return true }
            offset += (Int(header.nlmsg_len) + 3) / 4 * 4
        }
        return false
    }
}
