package import MetricSchema

/// A flow that came to nothing, with what policies say of it: packets of it were dropped, or its connection never
/// came to be.
package struct LostFlow: Hashable, Sendable {
    package enum Loss: Hashable, Sendable {
        /// By the kernel's reason.
        case packets(reason: String)
        case connections(TCPFailure)
    }

    package let attempt: FlowAttempt
    /// Who both were when it was judged.
    package let client: Identity
    package let server: Identity
    /// The endpoint that lost it; nil where it is neither of the two, as far as addresses tell.
    package let end: FlowEnd?
    /// As that one sees it.
    package let direction: Direction
    package let loss: Loss
    package let judgement: PolicyJudgement

    package init(
        _ attempt: FlowAttempt, client: Identity, server: Identity, lostAt end: FlowEnd?,
        _ direction: Direction, loss: Loss, judgement: PolicyJudgement
    ) {
        self.attempt = attempt
        self.client = client
        self.server = server
        self.end = end
        self.direction = direction
        self.loss = loss
        self.judgement = judgement
    }

    var isDenied: Bool { if case .denied = judgement { true } else { false } }
}
