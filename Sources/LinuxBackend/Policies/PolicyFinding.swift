import MetricSchema
import Observability

/// What a series tells of a judgement.
enum PolicyFinding: Hashable {
    case denied(PolicyNames)
    case notDenied(PolicyAcquittal)

    init(_ judgement: PolicyJudgement) {
        switch judgement {
        case .denied(_, let policies): self = .denied(PolicyNames(policies))
        case .notDenied(let acquittal): self = .notDenied(acquittal)
        }
    }
}

extension PolicyJudge {
    /// What goes between a pod and its own node is no policy's, whatever their text says.
    func judge(
        _ attempts: [FlowAttempt], everywhere: Bool, in view: IdentityIndex.View
    ) -> [PolicyJudgement] {
        zip(attempts, judge(attempts, everywhere: everywhere)).map { attempt, judgement in
            FlowEnd.allCases.contains { view.local(attempt[$0]) == .node }
                ? .notDenied(.allowed) : judgement
        }
    }
}
