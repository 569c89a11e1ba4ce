package import KernelABI
package import MetricSchema

/// Packets that netfilter dropped in one hook on their way to or from one endpoint.
package struct NetfilterDropRow: Sendable, Equatable {
    package struct Kind: Hashable, Sendable {
        /// An address in the kernel function that ran the hook; 0 where that is not known.
        package let caller: UInt64
        package let direction: Direction

        package init(caller: UInt64, direction: Direction) {
            self.caller = caller
            self.direction = direction
        }
    }

    /// Nil for endpoints that are no more; 0 for the node's own.
    package let endpoint: UInt16?
    package let kind: Kind
    package let packets: UInt64

    package init(endpoint: UInt16?, kind: Kind, packets: UInt64) {
        self.endpoint = endpoint
        self.kind = kind
        self.packets = packets
    }

    package init(_ key: netfilter_key, packets: UInt64) {
        self.init(
            endpoint: key.endpoint,
            kind: Kind(caller: key.caller, direction: Direction(number: key.direction)),
            packets: packets)
    }

    var key: netfilter_key {
        netfilter_key(
            caller: kind.caller, endpoint: endpoint ?? 0, direction: UInt8(kind.direction.number),
            reserved: (0, 0, 0, 0, 0))
    }
}
