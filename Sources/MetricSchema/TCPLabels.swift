/// A flag of a TCP packet, or the pair that answers a connection's first packet.
package enum TCPFlag: String, ClosedLabel {
    /// Without an acknowledgement: a connection is asked for.
    case syn
    case synack
    case fin, rst, urg
    /// Congestion was met (ECE) and answered (CWR); not on a SYN, where they ask for the feature.
    case ece, cwr
    package static var name: String { "flag" }
}

/// Who opened a connection: the client did.
package enum TCPRole: String, ClosedLabel {
    case client, server
    package static var name: String { "role" }
}

/// A part of the handshake, named for the packet that ends it.
package enum HandshakeStep: String, ClosedLabel {
    /// From the first SYN to the SYN-ACK.
    case synack
    /// From the first SYN-ACK to the ACK.
    case ack
    package static var name: String { "step" }
}

/// Why data was not what came next in its connection.
package enum ResequencedKind: String, ClosedLabel {
    /// It passed here before.
    case retransmission
    /// It had been left out here: overtaken, or lost on the way here and sent again.
    case late
    /// One of the two: more had been left out than is remembered.
    case unclear
    package static var name: String { "kind" }
}
