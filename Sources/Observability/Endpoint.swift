package import MetricSchema

/// One place on this node where traffic is counted.
package struct Endpoint: Sendable, Equatable {
    /// The backend's number for it; not given again while anything still refers to it.
    package let number: UInt16
    package let identity: Identity
    /// Whom what was seen of it belonged to before it was known whose it is. What was counted under this name goes
    /// over to `identity`.
    package let provisional: Identity
    package var addresses: [IPAddress]

    package init(
        number: UInt16, identity: Identity, provisional: Identity? = nil, addresses: [IPAddress]
    ) {
        self.number = number
        self.identity = identity
        self.provisional = provisional ?? identity
        self.addresses = addresses
    }
}
