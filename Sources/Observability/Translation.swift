/// What one end of a translated connection sees, and who is really at the other end: a client sees a service's
/// address and not the server it was given; a server sees the address that the client left by.
package struct Translation: Sendable, Equatable {
    package let protocolNumber: UInt8
    package let local: IPAddress
    package let localPort: UInt16
    /// The address that packets carry at the local end: a service's, say.
    package let apparent: IPAddress
    package let apparentPort: UInt16
    package let real: IPAddress

    package init(
        protocolNumber: UInt8, local: IPAddress, localPort: UInt16, apparent: IPAddress,
        apparentPort: UInt16, real: IPAddress
    ) {
        self.protocolNumber = protocolNumber
        self.local = local
        self.localPort = localPort
        self.apparent = apparent
        self.apparentPort = apparentPort
        self.real = real
    }
}

/// Who is at the other end of a flow.
package enum Peer: Hashable, Sendable {
    /// The address that packets carry, or the one behind it.
    case address(IPAddress)
    /// An address that is translated, and it is not known to whom: the connection is not remembered, or the
    /// flow is of many connections that went to different ends.
    case behind(IPAddress)

    /// The best known address of it.
    package var seen: IPAddress {
        switch self {
        case .address(let address), .behind(let address): address
        }
    }
}
