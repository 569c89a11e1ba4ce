package import Observability

/// Where endpoints are to be found now: what programs and collectors need to tell whose something is.
package struct EndpointPlaces: Sendable, Equatable {
    package struct Namespace: Sendable, Equatable {
        package let endpoint: UInt16
        /// A file that stands for the namespace, to enter it by. Opened only while it is used: an open one
        /// keeps the namespace from ending.
        package let path: String
    }

    /// By inode, as the kernel's `struct net` has it.
    package var namespaces: [UInt32: Namespace] = [:]
    /// The host's end of an endpoint's link, by ifindex -> endpoint.
    package var links: [UInt32: UInt16] = [:]
    /// Addresses that are one endpoint's alone.
    package var addresses: [IPAddress: UInt16] = [:]

    package init() {}
}

/// Something that counts by endpoint and must know where they are.
package protocol EndpointFollower: Sendable {
    /// Called with every change, before packets are counted for a new endpoint; never twice at the same time.
    func follow(_ places: EndpointPlaces) throws

    /// Empties everything that is held under the number: it will be another endpoint's.
    func forget(_ endpoint: UInt16)
}
