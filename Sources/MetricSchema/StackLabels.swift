/// Why the IP layer could do nothing with a packet.
package enum IPErrorCause: String, ClosedLabel {
    /// A header that is no valid one, a hop limit at its end, or a wrong checksum.
    case header
    case address
    case unknownProtocol = "unknown_protocol"
    case truncated
    case noRoute = "no_route"
    case reversePath = "reverse_path"
    case tooBig = "too_big"
    case fragmentation, reassembly
    /// Nothing wrong with it: no memory, or a policy.
    case discarded
    package static var name: String { "cause" }
}

/// What an ICMP message reports about somebody's packet.
package enum ICMPReport: String, ClosedLabel {
    case unreachable
    case timeExceeded = "time_exceeded"
    /// ICMPv6 only; in IPv4 it is one of the unreachables.
    case packetTooBig = "packet_too_big"
    package static var name: String { "kind" }
}

/// Why a datagram did not get through. No two of them count the same datagram.
package enum UDPErrorCause: String, ClosedLabel {
    case noPort = "no_port"
    case receiveBuffer = "receive_buffer"
    case sendBuffer = "send_buffer"
    /// The limit of all UDP sockets together (net.ipv4.udp_mem).
    case memory
    package static var name: String { "cause" }
}

/// Whose checksum was wrong.
package enum ChecksumProtocol: String, ClosedLabel {
    case ipv4, icmp, icmpv6, tcp, udp, udpv6, mptcp
    package static var name: String { "protocol" }
}

/// Who began a connection: we connected, or we accepted.
package enum ConnectionSide: String, ClosedLabel {
    case client, server
    package static var name: String { "side" }
}

/// Why a segment was sent again.
package enum RetransmissionKind: String, ClosedLabel {
    case fast
    case slowStart = "slow_start"
    case handshake
    case lossProbe = "loss_probe"
    /// A segment that had been sent again before and was lost again.
    case lostAgain = "lost_again"
    /// Could not be sent: mostly for want of room in the device's queue.
    case failed
    package static var name: String { "kind" }
}

/// Why TCP threw a segment away that had reached its host.
package enum TCPDropCause: String, ClosedLabel {
    /// The socket was busy and its backlog full.
    case backlog
    case requestQueue = "request_queue"
    case receiveQueue = "receive_queue"
    case outOfOrderQueue = "out_of_order_queue"
    case zeroWindow = "zero_window"
    case deferAccept = "defer_accept"
    case minimumTTL = "minimum_ttl"
    /// Memory kept back for swapping over the network.
    case reservedMemory = "reserved_memory"
    /// An ICMP message for a socket that was busy.
    case lockedICMP = "locked_icmp"
    package static var name: String { "cause" }
}

/// Why TCP gave a connection up with a reset.
package enum TCPAbortCause: String, ClosedLabel {
    /// Data came that nobody would read any more.
    case data
    /// Closed with unread data.
    case close
    case memory, timeout, linger
    /// No reset could be sent for want of memory.
    case failed
    package static var name: String { "cause" }
}

/// What became of SYN cookies.
package enum SYNCookieEvent: String, ClosedLabel {
    case sent, accepted, rejected
    package static var name: String { "event" }
}

/// Which of a TCP socket's queues was cut down to its receive buffer.
package enum PrunedQueue: String, ClosedLabel {
    /// Attempts, whatever came of them.
    case any
    case receive
    case outOfOrder = "out_of_order"
    package static var name: String { "queue" }
}

/// What MPTCP dropped.
package enum MPTCPDropCause: String, ClosedLabel {
    case addAddress = "add_address"
    case removeAddress = "remove_address"
    package static var name: String { "cause" }
}

/// A processor, by the kernel's number.
package struct CPUNumber: OpenLabel {
    package static var name: String { "cpu" }
    package let value: String
    package init(_ number: Int) { value = String(number) }
}

/// Kind of a queueing discipline: `fq_codel`, `mq`, `htb`.
package struct QdiscKind: OpenLabel {
    package static var name: String { "qdisc" }
    package let value: String
    package init(_ value: String) { self.value = value }
}
