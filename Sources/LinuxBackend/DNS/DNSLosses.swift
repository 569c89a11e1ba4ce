/// What the DNS program had no room for, over all endpoints.
package struct DNSLosses: Sendable, Equatable {
    /// Queries that could not wait for their answers.
    package var queries: UInt64
    /// Ways of TCP connections that could not be followed.
    package var streams: UInt64
    /// Names that could not be sent.
    package var names: UInt64

    package init(queries: UInt64 = 0, streams: UInt64 = 0, names: UInt64 = 0) {
        self.queries = queries
        self.streams = streams
        self.names = names
    }
}
