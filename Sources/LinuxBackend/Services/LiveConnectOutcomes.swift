import KernelABI

/// What became of endpoints' connections, as the TCP socket program keeps it by server.
package final class LiveConnectOutcomes: Sendable {
    private let maps: AlternatingMaps
    private let losses: BPFMap

    init(_ program: LiveBPFProgram) throws {
        maps = try AlternatingMaps(program, "outcomes")
        losses = try program.map("lost_outcomes")
    }

    /// So many servers and latencies between two readings before further ones are lost.
    static func prepare(_ object: borrowing LiveBPFProgram.Unloaded) throws {
        try AlternatingMaps.prepare(object, "outcomes", entries: 4096)
    }

    /// What became of connections since the last call.
    package func take() throws -> [ConnectOutcome] {
        var outcomes: [ConnectOutcome] = []
        try maps.drain { key, outcome in
            let read = ConnectOutcome(
                key.loadUnaligned(as: tcp_outcome_key.self),
                outcome.loadUnaligned(as: tcp_outcome.self))
            if let read { outcomes.append(read) }
        }
        return outcomes
    }

    package func lost() throws -> UInt64 {
        try lost(TCP_LOST_ESTABLISHED) + lostFailures()
    }

    package func lostFailures() throws -> UInt64 { try lost(TCP_LOST_FAILED) }

    private func lost(_ which: tcp_lost_outcomes) throws -> UInt64 {
        try losses.value(which.rawValue, as: UInt64.self)
    }
}

/// What is kept of what becomes of connections.
package struct OutcomeDetail: OptionSet, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Of all, by server.
    package static let byServer = OutcomeDetail(rawValue: TCP_OUTCOMES_BY_SERVER.rawValue)
    /// Of those that fail, by server and endpoint.
    package static let failuresByEndpoint = OutcomeDetail(
        rawValue: TCP_OUTCOMES_FAILURES_BY_ENDPOINT.rawValue)
}
