/// All agents, read at once.
package struct Fleet: Sendable {
    private let source: any AgentSource
    private let concurrency: Int

    /// No more than `concurrency` agents are asked at a time.
    package init(_ source: any AgentSource, concurrency: Int = 16) {
        self.source = source
        self.concurrency = max(concurrency, 1)
    }

    /// A reading of each, in order of nodes. One that cannot be read is a reading too.
    package func read(keeping metrics: Set<String>) async throws -> [AgentReading] {
        var places = try await source.places()[...]
        return await withTaskGroup(of: AgentReading.self) { group in
            for place in places.prefix(concurrency) { group.addTask { await read(place, metrics) } }
            places = places.dropFirst(concurrency)
            var readings: [AgentReading] = []
            for await reading in group {
                readings.append(reading)
                if let place = places.popFirst() {
                    group.addTask { await read(place, metrics) }
                }
            }
            return readings.sorted {
                ($0.place.node, $0.place.agent) < ($1.place.node, $1.place.agent)
            }
        }
    }

    private func read(_ place: AgentPlace, _ metrics: Set<String>) async -> AgentReading {
        func problem(_ text: String) -> AgentReading {
            AgentReading(
                place: place,
                result: .failure(
                    AgentProblem(node: place.node, agent: place.agent, problem: text)))
        }
        if let text = place.problem { return problem(text) }
        do {
            let bytes = try await source.metrics(of: place)
            let now = ContinuousClock.now
            let text = try MetricsText(parsing: bytes, keeping: metrics)
            return AgentReading(place: place, result: .success(AgentScrape(time: now, text)))
        } catch {
            return problem("\(error)")
        }
    }
}

/// What one agent said, or why it did not.
package struct AgentReading: Sendable {
    package let place: AgentPlace
    package let result: Result<AgentScrape, AgentProblem>

    package init(place: AgentPlace, result: Result<AgentScrape, AgentProblem>) {
        self.place = place
        self.result = result
    }

    var problem: AgentProblem? {
        if case .failure(let problem) = result { problem } else { nil }
    }

    var scrape: AgentScrape? { try? result.get() }
}

/// The metrics of one agent at one time.
package struct AgentScrape: Sendable {
    package let time: ContinuousClock.Instant
    package let metrics: MetricsText

    package init(time: ContinuousClock.Instant, _ metrics: MetricsText) {
        self.time = time
        self.metrics = metrics
    }
}
