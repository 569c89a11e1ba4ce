import MetricSchema

/// How each agent is.
package struct StatusReport: Sendable, Encodable {
    package struct Item: Sendable, Encodable {
        package let node: String
        package let agent: String
        package var isReady: Bool?
        package var version: String?
        package var system: String?
        package var series: UInt64?
        package var seriesLimit: UInt64?
        /// Series that share one with overflow=true, since there are more than a budget.
        package var foldedSeries: UInt64?
        package var failingCollectors: [String] = []
        package var missingCapabilities: [String] = []
        /// What the agent saw and lost detail of, by metric, since it started; none that are nought.
        package var lostDetail: [String: Double] = [:]
        /// Why it could not be read; nothing but `isReady` is known then.
        package var problem: String?

        private enum CodingKeys: String, CodingKey {
            case node, agent, version, system, series, seriesLimit, foldedSeries
            case failingCollectors, missingCapabilities, lostDetail, problem
            case isReady = "ready"
        }
    }

    /// Counters of what could not be kept apart, on both systems.
    private static let losses: [MetricDescriptor] = [
        Catalog.podUndetailedPackets.descriptor, Catalog.dropsUndetailedPackets.descriptor,
        Catalog.netfilterUndetailed.descriptor, Catalog.policyUnjudged.descriptor,
        Catalog.dnsUntrackedQueries.descriptor, Catalog.dnsUntrackedStreams.descriptor,
        Catalog.dnsLostNames.descriptor, Catalog.nodeTCPHalfOpenUnwatched.descriptor,
        Catalog.programMisses.descriptor, Catalog.unknownInterfacePackets.descriptor,
        Catalog.conntrackEventsLost.descriptor, Catalog.pktmonUndetailed.descriptor,
    ]

    /// What is scraped for it.
    package static let metrics = Set(
        (losses + [
            Catalog.buildInfo.descriptor, Catalog.capability.descriptor,
            Catalog.collectorSuccess.descriptor, Catalog.series.descriptor,
            Catalog.seriesLimit.descriptor, Catalog.foldedSeries.descriptor,
        ]).map(\.name))

    package private(set) var items: [Item] = []

    package init(_ readings: [AgentReading]) {
        items = readings.map(Self.item)
    }

    private static func item(_ reading: AgentReading) -> Item {
        var item = Item(node: reading.place.node, agent: reading.place.agent)
        item.isReady = reading.place.isReady
        guard let metrics = reading.scrape?.metrics else {
            item.problem = reading.problem?.problem
            return item
        }
        let build = metrics[Catalog.buildInfo.descriptor.name].keys.first
        item.version = build?["version"]
        item.system = build?["system"]
        if build == nil { item.problem = "what answers is no agent of ours: no fovea_build_info" }
        item.series = metrics.count(of: Catalog.series.descriptor)
        item.seriesLimit = metrics.count(of: Catalog.seriesLimit.descriptor)
        item.foldedSeries = UInt64(
            exactly: metrics[Catalog.foldedSeries.descriptor.name].values.reduce(0, +))
        item.failingCollectors = metrics.noughts(Catalog.collectorSuccess.descriptor, "collector")
        item.missingCapabilities = metrics.noughts(Catalog.capability.descriptor, "capability")
        for loss in losses {
            // Other causes are packets that have no flow; these had no room.
            let lost = metrics[loss.name].filter {
                loss !== Catalog.podUndetailedPackets.descriptor || $0.key["cause"] == "spill_full"
            }.values.reduce(0, +)
            if lost > 0 { item.lostDetail[loss.name] = lost }
        }
        return item
    }

    package var isComplete: Bool { items.allSatisfy { $0.problem == nil } }
}

extension MetricsText {
    fileprivate func count(of metric: MetricDescriptor) -> UInt64? {
        single(metric.name).flatMap { UInt64(exactly: $0) }
    }

    /// The label's values where a gauge of yes and no is no.
    fileprivate func noughts(_ metric: MetricDescriptor, _ label: String) -> [String] {
        self[metric.name].filter { $0.value == 0 }.compactMap { $0.key[label] }.sorted()
    }
}
