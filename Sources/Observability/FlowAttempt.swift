package import MetricSchema

/// Who asked whom for what: a flow as its first packet went.
package struct FlowAttempt: Hashable, Sendable {
    package let client: IPAddress
    package let server: IPAddress
    package let protocolNumber: UInt8
    /// The server's; nil where the protocol has none, or it was not to be read.
    package let port: UInt16?

    package init(client: IPAddress, server: IPAddress, protocolNumber: UInt8, port: UInt16?) {
        self.client = client
        self.server = server
        self.protocolNumber = protocolNumber
        self.port = port
    }

    package subscript(_ end: FlowEnd) -> IPAddress { end == .client ? client : server }
}

/// One of the two who talk.
package enum FlowEnd: Sendable, CaseIterable {
    case client, server

    package var other: FlowEnd { self == .client ? .server : .client }

    /// What policies of the pod at this end are about: what it may send, or receive.
    package var policyDirection: Direction { self == .client ? .egress : .ingress }
}
