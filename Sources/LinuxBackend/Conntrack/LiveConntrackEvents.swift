import CLibMNL
import CLinux
import Dispatch
import Glibc
import MetricSchema

/// Connections of the node's table as they begin and end, told by the kernel. Costs the kernel a message for each
/// and this process the reading of it; what comes faster than it is read is lost and counted.
///
/// Unchecked because all state is used on `queue` only.
final class LiveConntrackEvents: @unchecked Sendable {
    struct Kind: Hashable {
        let event: ConntrackEvent
        let transport: TransportProtocol
    }

    private let descriptor: Int32
    private let queue = DispatchQueue(label: "conntrack events", qos: .utility)
    private let source: any DispatchSourceRead
    private let began: @Sendable (ConntrackEntry) -> Void
    private var totals: [Kind: UInt64] = [:]
    private var unreadable: UInt64 = 0
    private var buffer = [UInt8](repeating: 0, count: 16 * 1024)

    /// Of the namespace that the thread is in. `began` is called for each new connection.
    init(_ began: @escaping @Sendable (ConntrackEntry) -> Void) throws {
        let flags = Int32(fovea_close_on_exec | fovea_nonblocking)
        guard let socket = mnl_socket_open2(NETLINK_NETFILTER, flags) else {
            throw SystemCallError("mnl_socket_open", "conntrack events")
        }
        let descriptor = mnl_socket_get_fd(socket)
        // Room for some ten thousand events; without CAP_NET_ADMIN there would be no events anyway.
        var room: Int32 = 8 << 20
        _ = setsockopt(
            descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, socklen_t(MemoryLayout<Int32>.size))
        let groups: UInt32 =
            1 << (NFNLGRP_CONNTRACK_NEW.rawValue - 1)
            | 1 << (NFNLGRP_CONNTRACK_DESTROY.rawValue - 1)
        guard mnl_socket_bind(socket, groups, 0) == 0 else {
            let error = SystemCallError("mnl_socket_bind", "conntrack events")
            mnl_socket_close(socket)
            throw error
        }
        self.descriptor = descriptor
        self.began = began
        let handle = UInt(bitPattern: socket)
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler { [weak self] in self?.drain() }
        source.setCancelHandler {
            if let socket = OpaquePointer(bitPattern: handle) { mnl_socket_close(socket) }
        }
        source.resume()
    }

    deinit {
        source.cancel()
    }

    /// Blocks until every event up to now is read.
    func catchUp() {
        queue.sync { drain() }
    }

    /// Events so far, and how many of them the kernel could not hand over.
    var counts: (totals: [Kind: UInt64], lost: UInt64) {
        queue.sync {
            drain()
            return (totals, unreadable + dropped)
        }
    }

    private func drain() {
        while true {
            let length = buffer.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
            }
            if length > 0 {
                buffer.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
            } else if length == 0 || errno != ENOBUFS && errno != EINTR {
                return
            }
        }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        var messages = NetlinkWalk(bytes)
        do {
            while let message = try messages.nextMessage() {
                guard let event = ConntrackEvent(message.type) else { continue }
                let entry = try ConntrackEntry(parsing: message.payload)
                let transport = TransportProtocol(number: entry.original.protocolNumber)
                totals[Kind(event: event, transport: transport), default: 0] += 1
                if event == .new { began(entry) }
            }
        } catch {
            unreadable += 1
        }
    }

    /// What found no room in the socket, by the kernel's count of it.
    private var dropped: UInt64 {
        // SO_MEMINFO gives SK_MEMINFO_VARS numbers, of which the last is SK_MEMINFO_DROPS.
        var numbers = [UInt32](repeating: 0, count: 9)
        var length = socklen_t(numbers.count * MemoryLayout<UInt32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, 55, &numbers, &length) == 0 else { return 0 }
        return UInt64(numbers[8])
    }
}

extension ConntrackEvent {
    /// Nil for a message of another kind.
    fileprivate init?(_ type: UInt16) {
        switch type {
        case ConntrackMessage.new.type: self = .new
        case ConntrackMessage.delete.type: self = .destroy
        default: return nil
        }
    }
}
