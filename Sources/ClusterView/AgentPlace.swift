/// Where an agent is, and how it is asked.
package struct AgentPlace: Sendable, Equatable {
    /// The node that it counts on; its address where there is no cluster to say.
    package let node: String
    /// `namespace/pod`, or its address.
    package let agent: String
    /// What its source asks: a path of the API server's, or a place in a list.
    let target: String
    /// Whether the cluster takes it for ready; nil where there is no cluster.
    package let isReady: Bool?
    /// Why it cannot be asked, where that is known beforehand.
    let problem: String?

    package init(
        node: String, agent: String, target: String = "", isReady: Bool? = nil,
        problem: String? = nil
    ) {
        self.node = node
        self.agent = agent
        self.target = target
        self.isReady = isReady
        self.problem = problem
    }
}

/// Finds agents, and asks them.
package protocol AgentSource: Sendable {
    func places() async throws -> [AgentPlace]
    func get(_ document: AgentDocument, from place: AgentPlace) async throws -> [UInt8]
}

/// What an agent can be asked for.
package enum AgentDocument: Sendable {
    case metrics
    /// The flows that were lost lately.
    case lostFlows

    var path: String {
        switch self {
        case .metrics: "/metrics"
        case .lostFlows: "/drops/flows"
        }
    }

    var accept: String {
        switch self {
        case .metrics: "text/plain;version=0.0.4"
        case .lostFlows: "application/json"
        }
    }

    /// A longer answer is none.
    static let limit = 256 << 20
}

/// Why no agent can be found at all; to be shown as it is.
package struct AgentSourceError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// An agent that could not be read, and why.
package struct AgentProblem: Error, Sendable, Equatable, Encodable, CustomStringConvertible {
    package let node: String
    package let agent: String
    package let problem: String

    package init(node: String, agent: String, problem: String) {
        self.node = node
        self.agent = agent
        self.problem = problem
    }

    package var description: String { "\(node) (\(agent)): \(problem)" }
}
