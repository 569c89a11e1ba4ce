import FoundationEssentials
import Kubernetes
package import Observability

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
        try await ask(.metrics) { bytes in
            let now = ContinuousClock.now
            return AgentScrape(time: now, try MetricsText(parsing: bytes, keeping: metrics))
        }
        .map { AgentReading(place: $0.place, result: $0.result) }
    }

    /// The flows that each lost lately, in order of nodes.
    package func lostFlows() async throws -> [AgentAnswer<FlowsDocument>] {
        try await ask(.lostFlows) { bytes in
            do {
                return try JSONDecoder().decode(FlowsDocument.self, from: Data(bytes))
            } catch let error as DecodingError {
                throw AgentSourceError("not what was asked for: \(error.place)")
            }
        }
    }

    private func ask<Value: Sendable>(
        _ document: AgentDocument, _ read: @escaping @Sendable ([UInt8]) throws -> Value
    ) async throws -> [AgentAnswer<Value>] {
        var places = try await source.places()[...]
        return await withTaskGroup(of: AgentAnswer<Value>.self) { group in
            for place in places.prefix(concurrency) {
                group.addTask { await answer(of: place, document, read) }
            }
            places = places.dropFirst(concurrency)
            var answers: [AgentAnswer<Value>] = []
            for await answer in group {
                answers.append(answer)
                if let place = places.popFirst() {
                    group.addTask { await self.answer(of: place, document, read) }
                }
            }
            return answers.sorted {
                ($0.place.node, $0.place.agent) < ($1.place.node, $1.place.agent)
            }
        }
    }

    private func answer<Value: Sendable>(
        of place: AgentPlace, _ document: AgentDocument, _ read: ([UInt8]) throws -> Value
    ) async -> AgentAnswer<Value> {
        let result: Result<Value, AgentProblem>
        do {
            if let problem = place.problem { throw AgentSourceError(problem) }
            result = .success(try read(try await source.get(document, from: place)))
        } catch {
            result = .failure(
                AgentProblem(node: place.node, agent: place.agent, problem: "\(error)"))
        }
        return AgentAnswer(place: place, result: result)
    }
}

/// What one agent answered, or why it did not.
package struct AgentAnswer<Value: Sendable>: Sendable {
    package let place: AgentPlace
    package let result: Result<Value, AgentProblem>

    package init(place: AgentPlace, result: Result<Value, AgentProblem>) {
        self.place = place
        self.result = result
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
