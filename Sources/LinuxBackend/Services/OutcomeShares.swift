import Synchronization

/// What became of connections, for several who each want all of it in their own time.
package final class OutcomeShares: Sendable {
    private let source: @Sendable () throws -> [ConnectOutcome]
    /// What others took meanwhile, of each.
    private let shares = Mutex<[[ConnectOutcome]]>([])

    /// `source` gives what came since it was called last.
    package init(_ source: @escaping @Sendable () throws -> [ConnectOutcome]) {
        self.source = source
    }

    /// For one more, who asks often: gives what came since it was called last.
    package func join() -> @Sendable () throws -> [ConnectOutcome] {
        let place = shares.withLock { shares in
            shares.append([])
            return shares.count - 1
        }
        return { try self.take(place) }
    }

    private func take(_ place: Int) throws -> [ConnectOutcome] {
        try shares.withLock { shares in
            let new = try source()
            for other in shares.indices where other != place { shares[other] += new }
            defer { shares[place] = [] }
            return shares[place] + new
        }
    }
}
