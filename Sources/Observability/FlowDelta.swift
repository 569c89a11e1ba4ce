package import MetricSchema

/// What was added to one flow since it was last reported, as one endpoint saw it.
package struct FlowDelta: Sendable, Equatable {
    package let source: IPAddress
    package let destination: IPAddress
    /// Host order; 0 where the protocol has none, and for the client's where many connections are added up.
    /// ICMP: type and code.
    package let sourcePort: UInt16
    package let destinationPort: UInt16
    /// IP protocol number.
    package let protocolNumber: UInt8
    /// Which way the packets went, as `endpoint` sees it.
    package let direction: Direction
    /// The observing endpoint, by its number in the backend.
    package let endpoint: UInt16
    package let packets: UInt64
    package let bytes: UInt64

    /// The end that is not the endpoint.
    package var peer: IPAddress { direction == .egress ? destination : source }

    package var peerPort: UInt16 { direction == .egress ? destinationPort : sourcePort }

    package init(
        source: IPAddress, destination: IPAddress, sourcePort: UInt16, destinationPort: UInt16,
        protocolNumber: UInt8, direction: Direction, endpoint: UInt16, packets: UInt64,
        bytes: UInt64
    ) {
        self.source = source
        self.destination = destination
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        self.protocolNumber = protocolNumber
        self.direction = direction
        self.endpoint = endpoint
        self.packets = packets
        self.bytes = bytes
    }
}

/// Where flows come from: it hands what is new to its sink from time to time, and when asked.
package protocol FlowSource: Sendable {
    /// Blocks until everything up to now is with the sink.
    func bringUpToDate() throws
}

/// Where flows go.
package protocol FlowSink: Sendable {
    func add(_ flows: [FlowDelta])
    func add(tcp flows: [TCPFlowDelta])
}

extension TransportProtocol {
    package init(number: UInt8) {
        switch number {
        case 1, 58: self = .icmp
        case 6: self = .tcp
        case 17: self = .udp
        case 132: self = .sctp
        default: self = .other
        }
    }
}
