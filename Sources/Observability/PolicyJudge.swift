package import MetricSchema

/// What network policies say of a flow that came to nothing.
package enum PolicyJudgement: Hashable, Sendable {
    /// Policies that select the pod at this end, none of which allows the flow; their names in its namespace.
    case denied(FlowEnd, policies: [String])
    case notDenied(PolicyAcquittal)
}

/// Knows the network policies of a cluster. It computes from their text: whoever enforces them may differ.
package protocol PolicyJudge: Sendable {
    /// Whether policies and pods are known, or will not be. What is asked before may be answered otherwise later.
    var isReady: Bool { get }

    /// Asks for each end that is a pod of this node: others' policies are not enforced here. `everywhere`: for pods of
    /// other nodes too, as far as they are known, since what came to nothing may have ended there.
    func judge(_ attempts: [FlowAttempt], everywhere: Bool) -> [PolicyJudgement]
}
