/// Which side of a DNS exchange the endpoint was on.
package enum DNSRole: String, ClosedLabel {
    /// It asked, or was answered.
    case client
    /// It was asked, or answered.
    case server
    package static var name: String { "role" }
}

/// What carried a DNS message.
package enum DNSTransport: String, ClosedLabel {
    case udp, tcp
    package static var name: String { "protocol" }
}

/// The type of a DNS message's first question.
package enum DNSType: String, ClosedLabel {
    case a, ns, cname, soa, ptr, mx, txt, aaaa, srv, naptr, ds, svcb, https, any
    case other
    /// The message has no question.
    case none
    package static var name: String { "type" }

    /// The number IANA gave it.
    package var code: UInt8? {
        switch self {
        case .a: 1
        case .ns: 2
        case .cname: 5
        case .soa: 6
        case .ptr: 12
        case .mx: 15
        case .txt: 16
        case .aaaa: 28
        case .srv: 33
        case .naptr: 35
        case .ds: 43
        case .svcb: 64
        case .https: 65
        case .any: 255
        case .other, .none: nil
        }
    }
}

/// A DNS response's code (RFC 6895). One that does not fit into the header, such as BADVERS, is `other`.
package enum DNSResponseCode: String, ClosedLabel {
    case noerror, formerr, servfail, nxdomain, notimp, refused, notauth, other
    package static var name: String { "rcode" }

    /// As in the header.
    package var code: UInt8? {
        switch self {
        case .noerror: 0
        case .formerr: 1
        case .servfail: 2
        case .nxdomain: 3
        case .notimp: 4
        case .refused: 5
        case .notauth: 9
        case .other: nil
        }
    }
}

/// Why a packet on a DNS port is in no count of messages, or not with all its messages.
package enum DNSDetailLoss: String, ClosedLabel {
    /// TCP: it only carries on, or repeats, what came before.
    case midMessage = "mid_message"
    /// TCP: its connection was not followed from a message's start.
    case unknownStream = "unknown_stream"
    /// TCP: something is missing before it.
    case gap
    /// TCP: it ends within a message's header or question.
    case split
    /// More messages in one packet than are looked at.
    case aggregated
    package static var name: String { "cause" }
}

/// The name a DNS message asks for. Nil stands for all names that have no series of their own, and is written
/// as `overflow="true"`.
package struct QueryName: Label {
    package static var names: [String] { ["query"] }
    package let name: String?
    package init(_ name: String?) { self.name = name }

    package func write(to text: inout LabelText) {
        if let name {
            text.append(name: "query", value: name)
        } else {
            text.append(name: "overflow", value: "true")
        }
    }
}
