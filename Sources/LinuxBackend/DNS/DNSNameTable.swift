package import MetricSchema

/// Messages of one endpoint and role by name: the most frequent names by themselves, all others as one. Every
/// message is in exactly one of these, and none of them ever goes back while it is there.
package struct DNSNameTable: Sendable, Equatable {
    package struct Counts: Sendable, Equatable {
        package var queries: UInt64 = 0
        private var responses = [UInt64](repeating: 0, count: DNSResponseCode.allCases.count)

        package init() {}

        package subscript(_ code: DNSResponseCode) -> UInt64 {
            get { responses[code.place] }
            set { responses[code.place] = newValue }
        }

        fileprivate mutating func add(_ code: DNSResponseCode?) {
            if let code { self[code] += 1 } else { queries += 1 }
        }

        fileprivate static func += (left: inout Counts, right: Counts) {
            left.queries += right.queries
            for place in left.responses.indices { left.responses[place] += right.responses[place] }
        }
    }

    package private(set) var named: [String: Counts] = [:]
    package private(set) var rest = Counts()
    private let limit: Int
    /// Messages since the last turn, of those that have series and of some that have not.
    private var recent: [String: UInt64] = [:]
    private var candidates: [String: UInt64] = [:]

    package init(limit: Int) {
        self.limit = limit
    }

    /// Counts a query (no code) or a response.
    package mutating func add(_ name: String?, code: DNSResponseCode?) {
        guard let name else {
            rest.add(code)
            return
        }
        if named[name] != nil || named.count < limit {
            named[name, default: Counts()].add(code)
            recent[name, default: 0] += 1
            return
        }
        rest.add(code)
        if candidates[name] != nil || candidates.count < limit * 4 {
            candidates[name, default: 0] += 1
        }
    }

    /// Gives places to names that came up: those seen more than twice as often since the last turn as the name that
    /// has to go. What was counted for that one goes to the rest; the new one begins at nought.
    package mutating func turn() {
        let rising = candidates.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let falling = named.keys.map { ($0, recent[$0] ?? 0) }.sorted {
            ($0.1, $0.0) < ($1.1, $1.0)
        }
        for ((new, seen), (old, kept)) in zip(rising, falling) where seen > kept * 2 {
            if let counts = named.removeValue(forKey: old) { rest += counts }
            named[new] = Counts()
        }
        recent.removeAll(keepingCapacity: true)
        candidates.removeAll(keepingCapacity: true)
    }
}
