package import MetricSchema

/// One place on this node where traffic is counted.
package struct Endpoint: Sendable, Equatable {
    /// The backend's number for it; not given again while anything still refers to it.
    package let number: UInt16
    package let identity: Identity
    package var addresses: [IPAddress]

    package init(number: UInt16, identity: Identity, addresses: [IPAddress]) {
        self.number = number
        self.identity = identity
        self.addresses = addresses
    }
}
