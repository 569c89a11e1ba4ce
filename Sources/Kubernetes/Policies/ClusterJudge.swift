package import Observability

/// Judges by the policies of the cluster, for the pods of one node.
package struct ClusterJudge: PolicyJudge {
    private let directory: ClusterDirectory
    private let node: String
    private let sources: [ReflectorHealth]

    /// `sources` are what policies, pods and namespaces come from.
    init(_ directory: ClusterDirectory, node: String, from sources: [ReflectorHealth]) {
        self.directory = directory
        self.node = node
        self.sources = sources
    }

    package var isReady: Bool { sources.allSatisfy(\.isSettled) }

    package func judge(_ attempts: [FlowAttempt], everywhere: Bool) -> [PolicyJudgement] {
        directory.judge(attempts, on: node, everywhere: everywhere)
    }
}

extension ClusterDirectory {
    /// What policies say of each flow, at those of its ends that are pods of `node`, or of any node. Where both ends'
    /// policies deny it, it is the client's, whose packets meet these first.
    package func judge(
        _ attempts: [FlowAttempt], on node: String, everywhere: Bool = false
    ) -> [PolicyJudgement] {
        state.withLock { state in
            // Nobody else looks anything up meanwhile, so that there is an end to it.
            var asked = 0
            return attempts.map {
                state.judge($0, on: node, everywhere: everywhere, askedEndpoints: &asked)
            }
        }
    }
}

extension ClusterDirectory.State {
    fileprivate func judge(
        _ attempt: FlowAttempt, on node: String, everywhere: Bool, askedEndpoints asked: inout Int
    ) -> PolicyJudgement {
        // What goes between a pod and its own node is no policy's.
        let own = nodes[ObjectKey(name: node)]?.addresses ?? []
        if own.contains(attempt.client) || own.contains(attempt.server) {
            return .notDenied(.allowed)
        }
        let judgement = judgeEnds(of: attempt, on: node, everywhere: everywhere)
        if judgement != .notDenied(.unknown) || asked >= Self.mostEndpoints { return judgement }
        let likely = attempts(behind: attempt)
        if likely.isEmpty { return judgement }
        asked += likely.count
        return Self.agreement(
            of: likely.map { judgeEnds(of: $0, on: node, everywhere: everywhere) })
    }

    private func judgeEnds(
        of attempt: FlowAttempt, on node: String, everywhere: Bool
    ) -> PolicyJudgement {
        let flow = PolicyFlow(
            client: end(at: attempt.client), server: end(at: attempt.server),
            protocolNumber: attempt.protocolNumber, port: attempt.port)
        var verdicts: [PolicyVerdict] = []
        for end in FlowEnd.allCases {
            switch flow[end].whose {
            case .pod(let pod):
                if !everywhere, self.pod(at: attempt[end])?.node != node { continue }
                let own = policiesByNamespace[pod.namespace] ?? []
                let verdict = PolicyVerdict(flow, at: end, by: own)
                if case .denied(let names) = verdict { return .denied(end, policies: names) }
                verdicts.append(verdict)
            case .service, .unknown:
                // Some pod's policies may have a say that are not asked.
                if everywhere { verdicts.append(.unknown) }
            case .nobody: continue
            }
        }
        if verdicts.isEmpty || verdicts.contains(.unknown) { return .notDenied(.unknown) }
        return .notDenied(verdicts.contains(.allowed) ? .allowed : .unselected)
    }

    /// Of services, in one call.
    private static let mostEndpoints = 16_384

    /// What is true whichever it was.
    private static func agreement(of judgements: [PolicyJudgement]) -> PolicyJudgement {
        let all = Set(judgements)
        if let only = all.first, all.count == 1 { return only }
        let acquittals: Set<PolicyJudgement> = [.notDenied(.allowed), .notDenied(.unselected)]
        return .notDenied(all.isSubset(of: acquittals) ? .allowed : .unknown)
    }

    private func pod(at address: IPAddress) -> PodRecord? {
        guard let claim = owners[address]?.last else { return nil }
        let key = ObjectKey(namespace: claim.identity.namespace, name: claim.identity.pod)
        return pods[key].flatMap { $0.uid == claim.object ? $0 : nil }
    }

    private func end(at address: IPAddress) -> PolicyFlowEnd {
        if let pod = pod(at: address) {
            let namespace = namespaces[ObjectKey(name: pod.key.namespace)]
            return PolicyFlowEnd(
                address,
                .pod(
                    PolicyPod(
                        namespace: pod.key.namespace, namespaceLabels: namespace?.labels,
                        traits: pod.traits)))
        }
        guard let claim = owners[address]?.last else {
            return PolicyFlowEnd(address, knowsAllPods ? .nobody : .unknown)
        }
        // What is no pod is a node or a service, and a node has no namespace.
        return PolicyFlowEnd(address, claim.identity.namespace.isEmpty ? .nobody : .service)
    }
}
