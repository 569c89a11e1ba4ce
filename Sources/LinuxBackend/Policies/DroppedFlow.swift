package import KernelABI
package import MetricSchema
package import Observability

/// Packets of one flow that filters dropped on their way to or from one endpoint.
package struct DroppedFlow: Sendable, Equatable {
    package let attempt: FlowAttempt
    package let endpoint: UInt16
    /// The way the dropped packets went.
    package let direction: Direction
    /// The kernel's word for what dropped them.
    package let reason: String
    package let amount: FlowLedger.Amount

    package init(
        attempt: FlowAttempt, endpoint: UInt16, direction: Direction, reason: String,
        amount: FlowLedger.Amount
    ) {
        self.attempt = attempt
        self.endpoint = endpoint
        self.direction = direction
        self.reason = reason
        self.amount = amount
    }

    /// `filters` are the reasons that the program was given for filters other than netfilter.
    package init(_ key: drop_flow_key, filters: [String], _ amount: FlowLedger.Amount) {
        let filter = Int(key.filter) - 1
        let (client, server) = withUnsafeBytes(of: key) { bytes in
            (IPAddress(bytes, at: 0), IPAddress(bytes, at: 16))
        }
        self.init(
            attempt: FlowAttempt(
                client: client, server: server, protocolNumber: key.protocol,
                port: key.has_port == 0 ? nil : key.port),
            endpoint: key.endpoint, direction: Direction(number: key.direction),
            reason: filters.indices.contains(filter) ? filters[filter] : "netfilter_drop",
            amount: amount)
    }
}
