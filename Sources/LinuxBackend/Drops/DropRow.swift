package import KernelABI
package import MetricSchema

/// Packets dropped for one reason on their way to or from one endpoint.
package struct DropRow: Sendable, Equatable {
    package struct Kind: Hashable, Sendable {
        /// The running kernel's number for the reason.
        package let reason: UInt32
        /// Where in the kernel, if the reason does not say enough; else 0.
        package let location: UInt64
        package let direction: Direction
    }

    /// Nil for endpoints that are no more; 0 for the node's own.
    package let endpoint: UInt16?
    package let kind: Kind
    package let amount: FlowLedger.Amount

    package init(endpoint: UInt16?, kind: Kind, amount: FlowLedger.Amount) {
        self.endpoint = endpoint
        self.kind = kind
        self.amount = amount
    }

    package init(_ key: drop_key, _ amount: FlowLedger.Amount) {
        self.init(
            endpoint: key.endpoint,
            kind: Kind(
                reason: key.reason, location: key.location,
                direction: Direction(number: key.direction)),
            amount: amount)
    }

    var key: drop_key {
        drop_key(
            location: kind.location, reason: kind.reason, endpoint: endpoint ?? 0,
            direction: UInt8(kind.direction.number), reserved: 0)
    }
}
