/// What TCP sent again.
package enum TCPSegmentKind: String, ClosedLabel {
    /// Payload, or the end of it.
    case data
    case syn
    case synAck = "syn_ack"
    package static var name: String { "segment" }
}

/// Why a connection never came to be.
package enum TCPFailure: String, ClosedLabel {
    /// The SYN was answered by a reset, or by ICMP port unreachable.
    case refused
    case timedOut = "timed_out"
    /// ICMP said so, or no neighbour answered.
    case unreachable
    /// Reset after the SYN-ACK.
    case reset
    /// The application gave up before the kernel did.
    case aborted
    /// No SYN left the host: no free port, for one.
    case notSent = "not_sent"
    case other
    package static var name: String { "reason" }
}

/// How an established connection ended.
package enum TCPEnding: String, ClosedLabel {
    /// Both sides were done.
    case closed
    /// By the peer.
    case reset
    /// By this side: unread data, lingering switched off, or the end of its listener.
    case aborted
    case timedOut = "timed_out"
    case unreachable
    case other
    package static var name: String { "ending" }
}

/// Why a reset was sent: the running kernel's own reason, in lower case.
package struct ResetReason: OpenLabel, Hashable {
    package static var name: String { "reason" }
    package let value: String
    package init(_ value: String) { self.value = value }
}
