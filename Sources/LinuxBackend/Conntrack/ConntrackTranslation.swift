package import Observability

extension ConntrackEntry {
    /// What the connection's ends see of its translation, each that is somebody's here.
    package func translations(_ view: IdentityIndex.View) -> [Translation] {
        var found: [Translation] = []
        // The client sees the address it asked for, and is answered by who is behind it.
        if status.contains(.destinationNAT), view.local(original.source) != nil {
            found.append(
                Translation(
                    protocolNumber: original.protocolNumber, local: original.source,
                    localPort: original.sourcePort, apparent: original.destination,
                    apparentPort: original.destinationPort, real: reply.source))
        }
        // The server sees the address that the client left by.
        if status.contains(.sourceNAT), view.local(reply.source) != nil {
            found.append(
                Translation(
                    protocolNumber: reply.protocolNumber, local: reply.source,
                    localPort: reply.sourcePort, apparent: reply.destination,
                    apparentPort: reply.destinationPort, real: original.source))
        }
        return found
    }
}
