package import MetricSchema
package import Observability

/// How full connection tables are, what went wrong in them, and whose connections are in them.
package struct ConntrackCollector: Collector {
    package let name = CollectorName("conntrack")
    private let board: EndpointBoard
    let identities: IdentityIndex
    private let files: @Sendable () -> ConntrackFileValues
    private let now: @Sendable () -> ContinuousClock.Instant
    private let tables: @Sendable () throws -> ConntrackReading?

    /// `tables` gives what is known of them, with the node's counters read now; nil where they cannot be read.
    init(
        board: EndpointBoard, identities: IdentityIndex,
        files: @escaping @Sendable () -> ConntrackFileValues,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        tables: @escaping @Sendable () throws -> ConntrackReading?
    ) {
        self.board = board
        self.identities = identities
        self.files = files
        self.now = now
        self.tables = tables
    }

    package static func live(
        _ tables: ConntrackTables, board: EndpointBoard, identities: IdentityIndex
    ) -> ConntrackCollector {
        ConntrackCollector(board: board, identities: identities, files: ConntrackFileValues.live) {
            try tables.readNode()
            return tables.problem == nil
                ? ConntrackReading(
                    node: tables.node, endpoints: tables.endpoints, events: tables.events) : nil
        }
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let files = files()
        if let entries = files.entries {
            samples.add(entries, to: Catalog.conntrackEntries, of: nil)
        }
        if let limit = files.limit { samples.add(limit, to: Catalog.conntrackLimit, of: nil) }
        if let buckets = files.buckets { samples.add(buckets, to: Catalog.conntrackBuckets) }
        guard let reading = try tables() else { return }
        add(reading.node, to: &samples)
        if let events = reading.events { add(events, to: &samples) }
        add(pressure(in: reading), to: &samples)
        for row in board.rows where row.identity != .node {
            guard let table = reading.endpoints[row.number] else { continue }
            add(table, of: row.identity, to: &samples)
        }
    }

    private func add(_ node: ConntrackTable, to samples: inout SampleBuffer) {
        addCounts(in: node, of: nil, to: &samples)
        guard let census = node.census, let dumped = node.dumped else { return }
        samples.add((now() - dumped).seconds, to: Catalog.conntrackDumpAge)
        samples.add(node.dumpTook.seconds, to: Catalog.conntrackDumpDuration)
        let view = identities.current
        for (end, count) in census.ends
        where end.identity != .node && !view.isForgotten(end.identity) {
            samples.add(
                count, to: Catalog.podConnections, PodLabel(view[end.identity]), end.direction,
                end.transport)
        }
    }

    private func add(_ events: ConntrackReading.Events, to samples: inout SampleBuffer) {
        for (kind, count) in events.totals {
            samples.add(count, to: Catalog.conntrackEvents, kind.event, kind.transport)
        }
        samples.add(events.lost, to: Catalog.conntrackEventsLost)
    }

    private func add(
        _ table: ConntrackTable, of identity: Identity, to samples: inout SampleBuffer
    ) {
        if let size = table.size {
            samples.add(size.entries, to: Catalog.conntrackEntries, of: identity)
            if let limit = size.limit {
                samples.add(limit, to: Catalog.conntrackLimit, of: identity)
            }
        }
        addCounts(in: table, of: identity, to: &samples)
    }

    /// What nodes' and endpoints' tables say alike; `identity` is nil for the node's.
    private func addCounts(
        in table: ConntrackTable, of identity: Identity?, to samples: inout SampleBuffer
    ) {
        for (statistic, total) in table.statistics.totals {
            samples.add(total, to: Catalog.conntrackStatistics, of: identity, statistic)
        }
        for (kind, count) in table.census?.kinds ?? [:] {
            samples.add(
                count, to: Catalog.conntrackStates, of: identity, kind.family, kind.transport,
                kind.state)
        }
    }
}

/// What is known of all tables.
struct ConntrackReading: Sendable {
    let node: ConntrackTable
    let endpoints: [UInt16: ConntrackTable]
    let events: Events?

    struct Events: Sendable {
        let totals: [LiveConntrackEvents.Kind: UInt64]
        let lost: UInt64
    }

    init(node: ConntrackTable, endpoints: [UInt16: ConntrackTable], events: Events? = nil) {
        self.node = node
        self.endpoints = endpoints
        self.events = events
    }
}

/// The node's table as files tell of it, without privileges and without netlink.
package struct ConntrackFileValues: Sendable {
    let entries: UInt64?
    let limit: UInt64?
    let buckets: UInt64?

    package init(entries: UInt64?, limit: UInt64?, buckets: UInt64?) {
        self.entries = entries
        self.limit = limit
        self.buckets = buckets
    }

    package static let live: @Sendable () -> ConntrackFileValues = {
        ConntrackFileValues(
            entries: ConntrackFiles.entries, limit: ConntrackFiles.limit,
            buckets: ConntrackFiles.buckets)
    }
}
