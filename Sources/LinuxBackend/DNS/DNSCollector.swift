package import MetricSchema
package import Observability

/// DNS messages, how long their answers take, and what got none, for each endpoint and the node's uplinks.
package struct DNSCollector: Collector {
    package let name = CollectorName("dns")
    private let board: EndpointBoard
    private let read: @Sendable (UInt16) throws -> DNSCounters
    private let losses: @Sendable () throws -> DNSLosses
    private var names: (@Sendable (UInt16, DNSRole) -> DNSNameTable?)?

    /// `read` gives an endpoint's counters since its number was given to it, and `names` what is known by name,
    /// where that was asked for.
    package init(
        board: EndpointBoard, losses: @escaping @Sendable () throws -> DNSLosses,
        names: (@Sendable (UInt16, DNSRole) -> DNSNameTable?)? = nil,
        read: @escaping @Sendable (UInt16) throws -> DNSCounters
    ) {
        self.board = board
        self.read = read
        self.losses = losses
        self.names = names
    }

    package init(board: EndpointBoard, _ program: LiveDNSProgram) {
        self.board = board
        read = { try program.counters(of: $0) }
        losses = {
            try program.sweep()
            try program.readNames()
            return try program.lost()
        }
        names = nil
        if program.wantsNames { names = { program.names(of: $0, $1) } }
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let lost = try losses()
        samples.add(lost.queries, to: Catalog.dnsUntrackedQueries)
        samples.add(lost.streams, to: Catalog.dnsUntrackedStreams)
        if names != nil { samples.add(lost.names, to: Catalog.dnsLostNames) }
        var node = DNSCounters()
        for row in board.rows {
            let counters = try read(row.number)
            if row.identity == .node {
                node += counters
            } else {
                let pod = PodLabel(row.identity)
                add(counters, of: pod, to: &samples)
                for role in DNSRole.allCases {
                    guard let table = names?(row.number, role) else { continue }
                    add(table, lost: counters[role], of: pod, role, to: &samples)
                }
            }
        }
        add(node: node, to: &samples)
    }

    /// Series that are always nought are not written: most endpoints ask for two types, over UDP.
    private func add(_ counters: DNSCounters, of pod: PodLabel, to samples: inout SampleBuffer) {
        for role in DNSRole.allCases {
            let one = counters[role]
            one.forEachQuery { type, transport, count in
                samples.add(count, to: Catalog.podDNSQueries, pod, role, type, transport)
            }
            one.forEachResponse { code, type, transport, count in
                samples.add(count, to: Catalog.podDNSResponses, pod, role, code, type, transport)
            }
            if one.latency.count > 0 {
                samples.add(one.latency, to: Catalog.podDNSResponseTime, pod, role)
            }
            let totals = [
                (one.timeouts, Catalog.podDNSTimeouts), (one.truncated, Catalog.podDNSTruncated),
                (one.repeated, Catalog.podDNSRepeated), (one.unmatched, Catalog.podDNSUnmatched),
            ]
            for (count, metric) in totals where count > 0 {
                samples.add(count, to: metric, pod, role)
            }
        }
        for direction in Direction.allCases {
            let malformed = counters.malformed[direction.number]
            if malformed > 0 {
                samples.add(malformed, to: Catalog.podDNSMalformed, pod, direction)
            }
            for cause in DNSDetailLoss.allCases {
                let count = counters.undetailed(direction, cause)
                if count > 0 {
                    samples.add(count, to: Catalog.podDNSUndetailed, pod, direction, cause)
                }
            }
        }
    }

    /// What has no name of its own, or lost it, is one series, so that names add up to all there was.
    private func add(
        _ table: DNSNameTable, lost: DNSRoleCounters, of pod: PodLabel, _ role: DNSRole,
        to samples: inout SampleBuffer
    ) {
        var rest = table.rest
        rest.queries += lost.lostNames(of: nil)
        for code in DNSResponseCode.allCases { rest[code] += lost.lostNames(of: code) }
        let all = table.named.map { (QueryName($0), $1) } + [(QueryName(nil), rest)]
        for (query, counts) in all {
            if counts.queries > 0 {
                samples.add(counts.queries, to: Catalog.podDNSNameQueries, pod, role, query)
            }
            for code in DNSResponseCode.allCases where counts[code] > 0 {
                samples.add(counts[code], to: Catalog.podDNSNameResponses, pod, role, code, query)
            }
        }
    }

    /// Sums without a detail of their own are written at nought too: there is one node.
    private func add(node: DNSCounters, to samples: inout SampleBuffer) {
        for role in DNSRole.allCases {
            let one = node[role]
            one.forEachQuery { type, transport, count in
                samples.add(count, to: Catalog.nodeDNSQueries, role, type, transport)
            }
            one.forEachResponse { code, type, transport, count in
                samples.add(count, to: Catalog.nodeDNSResponses, role, code, type, transport)
            }
            samples.add(one.latency, to: Catalog.nodeDNSResponseTime, role)
            samples.add(one.timeouts, to: Catalog.nodeDNSTimeouts, role)
            samples.add(one.truncated, to: Catalog.nodeDNSTruncated, role)
            samples.add(one.repeated, to: Catalog.nodeDNSRepeated, role)
            samples.add(one.unmatched, to: Catalog.nodeDNSUnmatched, role)
        }
        for direction in Direction.allCases {
            samples.add(
                node.malformed[direction.number], to: Catalog.nodeDNSMalformed, direction)
            for cause in DNSDetailLoss.allCases {
                let count = node.undetailed(direction, cause)
                if count > 0 { samples.add(count, to: Catalog.nodeDNSUndetailed, direction, cause) }
            }
        }
    }
}

extension DNSRoleCounters {
    /// Those that are not nought.
    fileprivate func forEachQuery(_ body: (DNSType, DNSTransport, UInt64) -> Void) {
        for transport in DNSTransport.allCases {
            for type in DNSType.allCases where self[transport, type] > 0 {
                body(type, transport, self[transport, type])
            }
        }
    }

    fileprivate func forEachResponse(
        _ body: (DNSResponseCode, DNSType, DNSTransport, UInt64) -> Void
    ) {
        for transport in DNSTransport.allCases {
            for code in DNSResponseCode.allCases {
                for type in DNSType.allCases where self[transport, code, type] > 0 {
                    body(code, type, transport, self[transport, code, type])
                }
            }
        }
    }
}
