import CLibMNL
import Glibc

/// Puts connections into the table of the namespace that the thread is in.
enum ConntrackFiller {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// Established TCP connections of both families, from 10.0.0.0/8 to one server.
    static func fill(_ count: Int) throws {
        guard let socket = mnl_socket_open2(NETLINK_NETFILTER, Int32(SOCK_CLOEXEC.rawValue)),
            mnl_socket_bind(socket, 0, 0) == 0
        else { throw Failed(description: "no netlink socket") }
        defer { mnl_socket_close(socket) }
        let size = 64 * 1024
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
        defer { buffer.deallocate() }
        var used = 0
        for number in 0..<count {
            used += add(number, at: buffer + used)
            if used > size - 1024 || number == count - 1 {
                guard mnl_socket_sendto(socket, buffer, used) >= 0 else {
                    throw Failed(description: "cannot add a connection: \(errno)")
                }
                used = 0
            }
        }
    }

    /// Every eighth is IPv6. Bytes written.
    private static func add(_ number: Int, at place: UnsafeMutableRawPointer) -> Int {
        guard let message = mnl_nlmsg_put_header(place) else { return 0 }
        let six = number % 8 == 7
        message.pointee.nlmsg_type = UInt16(NFNL_SUBSYS_CTNETLINK) << 8
        message.pointee.nlmsg_flags = UInt16(NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL)
        var header = nfgenmsg()
        header.nfgen_family = UInt8(six ? AF_INET6 : AF_INET)
        mnl_nlmsg_put_extra_header(message, MemoryLayout<nfgenmsg>.size)?
            .storeBytes(of: header, as: nfgenmsg.self)
        let client = (UInt32(10) << 24 | UInt32(number / 60_000), UInt16(1024 + number % 60_000))
        let server = (UInt32(192) << 24 | 0xa80001, UInt16(443))
        tuple(message, CTA_TUPLE_ORIG, six, client, server)
        tuple(message, CTA_TUPLE_REPLY, six, server, client)
        if let info = mnl_attr_nest_start(message, UInt16(CTA_PROTOINFO.rawValue)),
            let tcp = mnl_attr_nest_start(message, UInt16(CTA_PROTOINFO_TCP.rawValue))
        {
            mnl_attr_put_u8(message, UInt16(CTA_PROTOINFO_TCP_STATE.rawValue), 3)
            mnl_attr_nest_end(message, tcp)
            mnl_attr_nest_end(message, info)
        }
        mnl_attr_put_u32(message, UInt16(CTA_TIMEOUT.rawValue), UInt32(3600).bigEndian)
        mnl_attr_put_u32(message, UInt16(CTA_STATUS.rawValue), UInt32(0xe).bigEndian)
        return Int(message.pointee.nlmsg_len + 3) / 4 * 4
    }

    private static func tuple(
        _ message: UnsafeMutablePointer<nlmsghdr>, _ kind: ctattr_type, _ six: Bool,
        _ source: (UInt32, UInt16), _ destination: (UInt32, UInt16)
    ) {
        guard let tuple = mnl_attr_nest_start(message, UInt16(kind.rawValue)) else { return }
        if let addresses = mnl_attr_nest_start(message, UInt16(CTA_TUPLE_IP.rawValue)) {
            let kinds = six ? (CTA_IP_V6_SRC, CTA_IP_V6_DST) : (CTA_IP_V4_SRC, CTA_IP_V4_DST)
            address(message, kinds.0, six, source.0)
            address(message, kinds.1, six, destination.0)
            mnl_attr_nest_end(message, addresses)
        }
        if let ports = mnl_attr_nest_start(message, UInt16(CTA_TUPLE_PROTO.rawValue)) {
            mnl_attr_put_u8(message, UInt16(CTA_PROTO_NUM.rawValue), 6)
            mnl_attr_put_u16(message, UInt16(CTA_PROTO_SRC_PORT.rawValue), source.1.bigEndian)
            mnl_attr_put_u16(message, UInt16(CTA_PROTO_DST_PORT.rawValue), destination.1.bigEndian)
            mnl_attr_nest_end(message, ports)
        }
        mnl_attr_nest_end(message, tuple)
    }

    private static func address(
        _ message: UnsafeMutablePointer<nlmsghdr>, _ kind: ctattr_ip, _ six: Bool, _ value: UInt32
    ) {
        guard six else {
            mnl_attr_put_u32(message, UInt16(kind.rawValue), value.bigEndian)
            return
        }
        let bytes =
            [0xfd] + [UInt8](repeating: 0, count: 11)
            + withUnsafeBytes(of: value.bigEndian) { Array($0) }
        bytes.withUnsafeBytes { mnl_attr_put(message, UInt16(kind.rawValue), 16, $0.baseAddress) }
    }
}
