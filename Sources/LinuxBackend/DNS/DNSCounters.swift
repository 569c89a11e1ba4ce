package import KernelABI
package import MetricSchema

/// One endpoint's DNS messages since its counters began.
package struct DNSCounters: Sendable, Equatable {
    package var client = DNSRoleCounters()
    package var server = DNSRoleCounters()
    /// By `Direction.number`.
    package var malformed: [UInt64]
    /// By `Direction.number`, then by `DNSDetailLoss.place`.
    package var undetailed: [UInt64]

    package init() {
        malformed = Array(repeating: 0, count: Direction.allCases.count)
        undetailed = Array(
            repeating: 0, count: Direction.allCases.count * DNSDetailLoss.allCases.count)
    }

    package init(_ counters: dns_counters) {
        client = DNSRoleCounters(counters.roles.0)
        server = DNSRoleCounters(counters.roles.1)
        malformed = words(of: counters.malformed)
        undetailed = words(of: counters.undetailed)
    }

    package subscript(_ role: DNSRole) -> DNSRoleCounters {
        get { role == .client ? client : server }
        set { if role == .client { client = newValue } else { server = newValue } }
    }

    package func undetailed(_ direction: Direction, _ cause: DNSDetailLoss) -> UInt64 {
        undetailed[direction.number * DNSDetailLoss.allCases.count + cause.place]
    }

    package static func += (left: inout DNSCounters, right: DNSCounters) {
        left.client += right.client
        left.server += right.server
        add(&left.malformed, right.malformed)
        add(&left.undetailed, right.undetailed)
    }
}

/// What an endpoint did in one role.
package struct DNSRoleCounters: Sendable, Equatable {
    private var queries: [UInt64]
    private var responses: [UInt64]
    package var latency = LatencyHistogram()
    package var timeouts: UInt64 = 0
    package var truncated: UInt64 = 0
    package var repeated: UInt64 = 0
    package var unmatched: UInt64 = 0
    /// Messages whose names were lost: queries, then responses by `DNSResponseCode.place`.
    private var namesLost: [UInt64]

    package init() {
        queries = Array(repeating: 0, count: DNSTransport.allCases.count * DNSType.allCases.count)
        responses = Array(
            repeating: 0, count: queries.count * DNSResponseCode.allCases.count)
        namesLost = Array(repeating: 0, count: 1 + DNSResponseCode.allCases.count)
    }

    package init(_ counters: dns_role_counters) {
        queries = words(of: counters.queries)
        responses = words(of: counters.responses)
        latency = LatencyHistogram(counters.latency)
        timeouts = counters.timeouts
        truncated = counters.truncated
        repeated = counters.repeated
        unmatched = counters.unmatched
        namesLost = words(of: counters.names_lost)
    }

    package subscript(_ transport: DNSTransport, _ type: DNSType) -> UInt64 {
        get { queries[transport.place * DNSType.allCases.count + type.place] }
        set { queries[transport.place * DNSType.allCases.count + type.place] = newValue }
    }

    package subscript(_ transport: DNSTransport, _ code: DNSResponseCode, _ type: DNSType) -> UInt64
    {
        get { responses[Self.place(transport, code, type)] }
        set { responses[Self.place(transport, code, type)] = newValue }
    }

    /// Names of queries (nil) or responses that got lost on their way here.
    package func lostNames(of code: DNSResponseCode?) -> UInt64 {
        namesLost[code.map { 1 + $0.place } ?? 0]
    }

    package var queryCount: UInt64 { queries.reduce(0, &+) }
    package var responseCount: UInt64 { responses.reduce(0, &+) }

    private static func place(
        _ transport: DNSTransport, _ code: DNSResponseCode, _ type: DNSType
    ) -> Int {
        (transport.place * DNSResponseCode.allCases.count + code.place) * DNSType.allCases.count
            + type.place
    }

    package static func += (left: inout DNSRoleCounters, right: DNSRoleCounters) {
        add(&left.queries, right.queries)
        add(&left.responses, right.responses)
        left.latency += right.latency
        left.timeouts &+= right.timeouts
        left.truncated &+= right.truncated
        left.repeated &+= right.repeated
        left.unmatched &+= right.unmatched
        add(&left.namesLost, right.namesLost)
    }
}

/// A C array, of whatever dimensions, as its 64-bit words.
private func words<Words: BitwiseCopyable>(of array: Words) -> [UInt64] {
    withUnsafeBytes(of: array) { Array($0.bindMemory(to: UInt64.self)) }
}

private func add(_ left: inout [UInt64], _ right: [UInt64]) {
    for place in left.indices { left[place] &+= right[place] }
}
