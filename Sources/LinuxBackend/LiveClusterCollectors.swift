import Observability

/// What is counted for what a cluster knows: its services and its network policies.
extension LiveLinuxBackend {
    static func outcomes(wantedBy naming: (any EndpointNaming)?) -> OutcomeDetail {
        var wanted: OutcomeDetail = []
        if naming?.services != nil { wanted.insert(.byServer) }
        if naming?.policies != nil { wanted.insert(.failuresByEndpoint) }
        return wanted
    }

    static func services(
        _ naming: (any EndpointNaming)?, _ shares: OutcomeShares, _ outcomes: LiveConnectOutcomes?,
        _ identities: IdentityIndex, _ translations: TranslationTable, patience: Duration
    ) -> ServiceLedger? {
        guard let naming, let services = naming.services else { return nil }
        return ServiceLedger(
            services: services, identities: identities, translations: translations,
            patience: patience, zone: { naming.zone }, outcomes: shares.join()
        ) {
            try outcomes?.lost() ?? 0
        }
    }

    static func policies(
        _ naming: (any EndpointNaming)?, _ drops: LiveDropProgram?, _ recent: RecentFlows?,
        board: EndpointBoard, _ identities: IdentityIndex
    ) -> PolicyCollector? {
        guard let judge = naming?.policies, let recent, let drops, let flows = drops.flows else {
            return nil
        }
        return PolicyCollector(board: board, identities: identities, judge: judge, recent: recent) {
            try flows.take()
        } lost: {
            try drops.lostFlows()
        }
    }

    static func connectionPolicies(
        _ naming: (any EndpointNaming)?, _ shares: OutcomeShares, _ outcomes: LiveConnectOutcomes?,
        _ recent: RecentFlows?, board: EndpointBoard, _ identities: IdentityIndex,
        patience: Duration
    ) -> ConnectionPolicyCollector? {
        guard let judge = naming?.policies, let recent, let outcomes else { return nil }
        return ConnectionPolicyCollector(
            board: board, identities: identities, judge: judge, recent: recent, patience: patience,
            take: shares.join()
        ) {
            try outcomes.lostFailures()
        }
    }
}
