import MetricSchema

/// Asks every collector at once and puts the answers together. Scrapes that overlap share one collection.
package actor Scrape {
    private let runners: [CollectorRunner]
    private var underWay: (task: Task<[CollectorOutcome], Never>, number: Int)?
    private var started = 0

    package init(_ collectors: [any Collector]) {
        runners = collectors.map(CollectorRunner.init)
    }

    /// One outcome for each collector, at the latest after `deadline`.
    package func outcomes(deadline: Duration) async -> [CollectorOutcome] {
        if let underWay { return await underWay.task.value }
        started += 1
        let number = started
        let task = Task { [runners] in
            await withTaskGroup(of: CollectorOutcome.self) { group in
                for runner in runners { group.addTask { await runner.run(deadline: deadline) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        underWay = (task, number)
        let outcomes = await task.value
        if underWay?.number == number { underWay = nil }
        return outcomes
    }
}

extension SampleBuffer {
    /// The samples of all collectors, and how each of them fared.
    package init(_ outcomes: [CollectorOutcome]) {
        self.init()
        for outcome in outcomes {
            merge(outcome.samples)
            add(
                outcome.failure == nil ? 1 : 0 as UInt64, to: Catalog.collectorSuccess, outcome.name
            )
            add(outcome.duration.seconds, to: Catalog.collectorDuration, outcome.name)
        }
    }
}
