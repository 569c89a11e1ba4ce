import CLibMNL
package import Observability

/// An address of an interface, from `RTM_NEWADDR` (linux/if_addr.h).
package struct InterfaceAddress: Sendable, Equatable {
    package let ifindex: UInt32
    package let address: IPAddress
    /// RT_SCOPE number: 0 global, 253 link, 254 host.
    package let scope: UInt8

    /// Reads every address in an answer to `RTM_GETADDR`.
    package static func all(in answer: [UInt8]) throws(NetlinkDecodingError) -> [InterfaceAddress] {
        var addresses: [InterfaceAddress] = []
        for message in try NetlinkMessage.all(in: answer[...]) where message.type == RTM_NEWADDR {
            var cursor = ByteCursor(message.payload)
            _ = try cursor.take(3)
            let scope = try cursor.read(UInt8.self)
            let ifindex = try cursor.read(UInt32.self)
            // On a point-to-point link IFA_ADDRESS is the peer's and IFA_LOCAL ours.
            var own: IPAddress?
            for attribute in try NetlinkAttribute.all(in: cursor.rest) {
                if attribute.type == IFA_LOCAL { own = IPAddress(networkOrder: attribute.bytes) }
                if attribute.type == IFA_ADDRESS, own == nil {
                    own = IPAddress(networkOrder: attribute.bytes)
                }
            }
            if let own { addresses.append(.init(ifindex: ifindex, address: own, scope: scope)) }
        }
        return addresses
    }
}
