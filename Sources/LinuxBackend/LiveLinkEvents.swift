import CLibMNL
import CLinux
import Dispatch
import Glibc

/// Wakes its reader when links, addresses or routes change, in this network namespace or in one that shares
/// a link with it. Says that something changed and not what: whoever reads looks at everything anyway, so an
/// overrun of the socket loses nothing.
///
/// Unchecked because it owns the source and with it the socket; neither is touched but to end them.
final class LiveLinkEvents: @unchecked Sendable {
    let changes: AsyncStream<Void>
    private let source: any DispatchSourceRead

    init() throws {
        guard
            let socket = mnl_socket_open2(
                NETLINK_ROUTE, Int32(fovea_close_on_exec | fovea_nonblocking))
        else {
            throw SystemCallError("mnl_socket_open", "events")
        }
        let groups = UInt32(
            RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE
                | RTMGRP_IPV6_ROUTE)
        guard mnl_socket_bind(socket, groups, 0) == 0 else {
            let error = SystemCallError("mnl_socket_bind", "events")
            mnl_socket_close(socket)
            throw error
        }
        var one: Int32 = 1
        // Without NET_ADMIN this is refused, and only our own namespace is heard.
        _ = mnl_socket_setsockopt(
            socket, NETLINK_LISTEN_ALL_NSID, &one, socklen_t(MemoryLayout<Int32>.size))
        let descriptor = mnl_socket_get_fd(socket)
        let handle = UInt(bitPattern: socket)
        let (changes, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let source = DispatchSource.makeReadSource(
            fileDescriptor: descriptor, queue: DispatchQueue(label: "link events"))
        source.setEventHandler {
            var sink = [UInt8](repeating: 0, count: 8192)
            while recv(descriptor, &sink, sink.count, Int32(MSG_DONTWAIT)) > 0 || errno == ENOBUFS {
            }
            continuation.yield()
        }
        source.setCancelHandler {
            if let socket = OpaquePointer(bitPattern: handle) { mnl_socket_close(socket) }
        }
        source.resume()
        self.changes = changes
        self.source = source
    }

    deinit {
        source.cancel()
    }
}
