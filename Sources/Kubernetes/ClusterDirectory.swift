package import MetricSchema
package import Observability
import Synchronization

/// Whose each address of the cluster is now: pods, services and nodes, from their records.
package final class ClusterDirectory: Sendable {
    /// Names to change at once; nil where an address is nobody's any more.
    package typealias Names = [IPAddress: Identity?]

    struct State {
        /// False where pods of other nodes are not followed: whoever is not known may then be one.
        let knowsAllPods: Bool
        var pods = RecordStore<PodRecord>()
        /// All there were at some time have been said, and their names handed on.
        var arePodsKnown = false
        var services = RecordStore<ServiceRecord>()
        var nodes = RecordStore<NodeRecord>()
        var podRanges: [AddressRange] = []
        var replicaSets = RecordStore<ReplicaSetRecord>()
        var jobs = RecordStore<JobRecord>()
        var namespaces = RecordStore<NamespaceRecord>()
        var endpointSlices = RecordStore<EndpointSliceRecord>()
        var slicesByService: [ServiceLabel: Set<ObjectKey>] = [:]
        var policies = RecordStore<NetworkPolicyRecord>()
        var policiesByNamespace: [String: [NetworkPolicyRecord]] = [:]
        var owners: [IPAddress: [Claim]] = [:]
        var factsGeneration: UInt64 = 0
    }

    /// One object's word that an address is its own. While an old pod ends slowly, a new one may have its
    /// address already: the latest word counts, and an earlier one counts again when that is taken back.
    struct Claim {
        let object: ObjectUID
        let identity: Identity
    }

    package let services = ServiceIndex()
    let state: Mutex<State>
    private let changed: @Sendable (Names) -> Void
    private let nodesChanged: @Sendable () -> Void

    /// `changed` is called with every change, in order, and by one caller at a time of each kind, and with none when
    /// all pods are known or nodes have other ranges for pods; `nodesChanged` when nodes have come, gone or got other addresses.
    package init(
        knowsAllPods: Bool = true, nodesChanged: @escaping @Sendable () -> Void = {},
        changed: @escaping @Sendable (Names) -> Void
    ) {
        state = Mutex(State(knowsAllPods: knowsAllPods))
        self.changed = changed
        self.nodesChanged = nodesChanged
    }

    package func apply(pods change: ReflectedChange<PodRecord>) {
        apply { state in
            let effects = state.pods.apply(change)
            state.noteFacts(effects)
            return effects.map { effect in
                Movement(
                    leaving: effect.before.map { ($0.uid, $0.addresses) },
                    entering: effect.after.map { ($0.uid, $0.addresses) },
                    identity: effect.after.map { state.identity(of: $0) })
            }
        }
        if case .replaced = change {
            state.withLock { $0.arePodsKnown = true }
            changed([:])
        }
    }

    /// Of peers: pods of other nodes, where these are followed.
    var newcomers: Newcomers {
        state.withLock { state in
            if !state.knowsAllPods { return .none }
            return state.arePodsKnown ? .nearOthers : .anywhere
        }
    }

    /// For pods that get their addresses from now on. Who is named already keeps the workload and the zone it was named
    /// with: its owner and its node were there before it.
    package func apply(replicaSets change: ReflectedChange<ReplicaSetRecord>) {
        state.withLock { _ = $0.replicaSets.apply(change) }
    }

    package func apply(jobs change: ReflectedChange<JobRecord>) {
        state.withLock { _ = $0.jobs.apply(change) }
    }

    package func apply(namespaces change: ReflectedChange<NamespaceRecord>) {
        state.withLock { state in
            let effects = state.namespaces.apply(change)
            if effects.contains(where: { $0.before?.isObserved != $0.after?.isObserved }) {
                state.factsGeneration += 1
            }
        }
    }

    package func apply(endpointSlices change: ReflectedChange<EndpointSliceRecord>) {
        state.withLock { state in
            for effect in state.endpointSlices.apply(change) {
                let (before, after) = (effect.before, effect.after)
                state.noteSlice(before, after)
                if let before, let after, before.label == after.label {
                    if before.hosts != after.hosts || before.ports != after.ports {
                        services.change(
                            after.label, endpoints: before.endpoints, to: after.endpoints)
                    }
                    continue
                }
                if let before {
                    services.change(before.label, endpoints: before.endpoints, to: [])
                }
                if let after { services.change(after.label, endpoints: [], to: after.endpoints) }
            }
        }
    }

    package func apply(policies change: ReflectedChange<NetworkPolicyRecord>) {
        state.withLock { state in
            _ = state.policies.apply(change)
            state.policiesByNamespace = Dictionary(
                grouping: state.policies.all, by: \.key.namespace)
        }
    }

    /// Nil while it is not known.
    package func namespace(_ name: String) -> NamespaceRecord? {
        state.withLock { $0.namespaces[ObjectKey(name: name)] }
    }

    package func apply(services change: ReflectedChange<ServiceRecord>) {
        apply { state in
            state.services.apply(change).map { effect in
                if let key = (effect.after ?? effect.before)?.key {
                    services.change(
                        ServiceLabel(namespace: key.namespace, name: key.name),
                        addresses: effect.before?.addresses ?? [],
                        to: effect.after?.addresses ?? [])
                }
                return Movement(
                    leaving: effect.before.map { ($0.uid, $0.addresses) },
                    entering: effect.after.map { ($0.uid, $0.addresses) },
                    identity: effect.after.map {
                        .service($0.key.name, namespace: $0.key.namespace)
                    })
            }
        }
    }

    package func apply(nodes change: ReflectedChange<NodeRecord>) {
        var areOthers = false
        var haveOtherRanges = false
        apply { state in
            let effects = state.nodes.apply(change)
            haveOtherRanges = effects.contains {
                ($0.before?.podRanges ?? []) != ($0.after?.podRanges ?? [])
            }
            if haveOtherRanges {
                state.podRanges = state.nodes.all.flatMap(\.podRanges).sorted {
                    ($0.first.high, $0.first.low, $0.prefixLength)
                        < ($1.first.high, $1.first.low, $1.prefixLength)
                }
            }
            return effects.map { effect in
                let (before, after) = (effect.before, effect.after)
                areOthers =
                    areOthers || before?.uid != after?.uid
                    || before?.internalAddresses != after?.internalAddresses
                return Movement(
                    leaving: effect.before.map { ($0.uid, $0.addresses) },
                    entering: effect.after.map { ($0.uid, $0.addresses) },
                    identity: effect.after.map { .node($0.key.name, zone: $0.zone) })
            }
        }
        if haveOtherRanges { changed([:]) }
        if areOthers { nodesChanged() }
    }

    /// What all nodes have for pods.
    var podRanges: [AddressRange] { state.withLock { $0.podRanges } }

    /// Every node but one, by name, with the addresses that nodes have it at among themselves. Where two are said to
    /// have the same address, it is the later one's.
    func nodes(otherThan own: String) -> [PeerNode] {
        state.withLock { state in
            state.nodes.all.filter { $0.key.name != own }.sorted { $0.key.name < $1.key.name }
                .flatMap { node in
                    node.internalAddresses.filter { state.owners[$0]?.last?.object == node.uid }
                        .map { PeerNode(name: node.key.name, address: $0) }
                }
        }
    }

    /// The pod on `node` that has one of the addresses; nil while the cluster has not named it yet, and for one that
    /// is about to end: whoever has its address next may be there before the cluster knows.
    package func pod(at addresses: [IPAddress], on node: String) -> EndpointName? {
        state.withLock { state in
            for address in addresses {
                if let claim = state.holder(of: address, on: node) {
                    return EndpointName(claim.identity, object: "\(claim.object)")
                }
            }
            return nil
        }
    }

    /// Every pod on `node`, with the addresses that `pod(at:on:)` would say are its own.
    package func pods(on node: String) -> [LocalPod] {
        state.withLock { state in
            state.pods.all.filter { $0.node == node }.map { pod in
                LocalPod(
                    identity: state.identity(of: pod), containers: pod.containers,
                    addresses: pod.addresses.filter {
                        state.holder(of: $0, on: node)?.object == pod.uid
                    })
            }
        }
    }

    /// Changes when the labels or annotations of pods that were there change.
    var factsGeneration: UInt64 { state.withLock { $0.factsGeneration } }

    func facts(of name: PodName) -> PodFacts? {
        state.withLock { state in
            let key = ObjectKey(namespace: name.namespace, name: name.pod)
            guard let pod = state.pods[key] else { return nil }
            var facts = PodFacts()
            facts.address = pod.addresses.first
            facts.node = pod.node
            facts.zone = state.nodes[ObjectKey(name: pod.node)]?.zone ?? ""
            facts.labels = pod.traits.all
            facts.isObserved =
                pod.isObserved ?? state.namespaces[ObjectKey(name: name.namespace)]?.isObserved
            return facts
        }
    }

    var nodeCount: Int { state.withLock { $0.nodes.count } }

    func zone(ofNode name: String) -> String {
        state.withLock { $0.nodes[ObjectKey(name: name)]?.zone ?? "" }
    }

    /// How many objects of each kind are known, by resource.
    package var sizes: [String: Int] {
        state.withLock { state in
            [
                PodRecord.resource.name: state.pods.count,
                ServiceRecord.resource.name: state.services.count,
                NodeRecord.resource.name: state.nodes.count,
                ReplicaSetRecord.resource.name: state.replicaSets.count,
                JobRecord.resource.name: state.jobs.count,
                NamespaceRecord.resource.name: state.namespaces.count,
                NetworkPolicyRecord.resource.name: state.policies.count,
                EndpointSliceRecord.resource.name: state.endpointSlices.count,
            ]
        }
    }

    // MARK: Claims

    private struct Movement {
        let leaving: (object: ObjectUID, addresses: [IPAddress])?
        let entering: (object: ObjectUID, addresses: [IPAddress])?
        let identity: Identity?
    }

    private func apply(_ change: (inout State) -> [Movement]) {
        let names: Names = state.withLock { state in
            var touched: [IPAddress: Identity?] = [:]
            for movement in change(&state) {
                Self.move(movement, in: &state.owners, &touched)
            }
            var names: Names = [:]
            for (address, before) in touched {
                let now = state.owners[address]?.last?.identity
                if now != before || now?.zone != before?.zone { names[address] = .some(now) }
            }
            return names
        }
        if !names.isEmpty { changed(names) }
    }

    /// `touched` keeps who had each address before.
    private static func move(
        _ movement: Movement, in owners: inout [IPAddress: [Claim]],
        _ touched: inout [IPAddress: Identity?]
    ) {
        func touch(_ address: IPAddress) {
            if touched[address] == nil { touched[address] = .some(owners[address]?.last?.identity) }
        }
        let entering = movement.entering?.addresses ?? []
        if let (object, addresses) = movement.leaving {
            let stays = movement.entering?.object == object
            for address in addresses where !(stays && entering.contains(address)) {
                touch(address)
                owners[address]?.removeAll { $0.object == object }
                if owners[address]?.isEmpty == true { owners[address] = nil }
            }
        }
        guard let object = movement.entering?.object, let identity = movement.identity else {
            return
        }
        for address in entering
        where owners[address]?.contains(where: { $0.object == object }) != true {
            touch(address)
            owners[address, default: []].append(Claim(object: object, identity: identity))
        }
    }
}

extension ClusterDirectory.State {
    fileprivate mutating func noteSlice(
        _ before: EndpointSliceRecord?, _ after: EndpointSliceRecord?
    ) {
        if before?.label == after?.label { return }
        if let before, var keys = slicesByService.removeValue(forKey: before.label) {
            keys.remove(before.key)
            if !keys.isEmpty { slicesByService[before.label] = keys }
        }
        if let after, !after.service.isEmpty {
            slicesByService[after.label, default: []].insert(after.key)
        }
    }

    /// Pods of ReplicaSets and the like never come again under the same name; others may, with other labels.
    fileprivate mutating func noteFacts(_ effects: [RecordStore<PodRecord>.Effect]) {
        let isChanged = effects.contains { effect in
            guard let after = effect.after else { return false }
            guard let before = effect.before else {
                return !["ReplicaSet", "DaemonSet", "Job"].contains(after.owner?.kind ?? "")
            }
            return before.traits != after.traits || before.isObserved != after.isObserved
        }
        if isChanged { factsGeneration += 1 }
    }

    /// The latest word of a pod on `node` that is not about to end.
    fileprivate func holder(
        of address: IPAddress, on node: String
    ) -> ClusterDirectory.Claim? {
        (owners[address] ?? []).last { claim in
            let key = ObjectKey(namespace: claim.identity.namespace, name: claim.identity.pod)
            guard let pod = pods[key] else { return false }
            return pod.uid == claim.object && pod.node == node && !pod.isTerminating
        }
    }

    /// As it was named first, for as long as it lives.
    fileprivate func identity(of pod: PodRecord) -> Identity {
        for address in pod.addresses {
            if let claim = owners[address]?.first(where: { $0.object == pod.uid }) {
                return claim.identity
            }
        }
        return Identity(
            namespace: pod.key.namespace, pod: pod.key.name, workload: workload(of: pod),
            zone: nodes[ObjectKey(name: pod.node)]?.zone ?? "")
    }

    private func workload(of pod: PodRecord) -> Workload? {
        guard let owner = pod.owner else { return nil }
        let key = ObjectKey(namespace: pod.key.namespace, name: owner.name)
        switch owner.kind {
        case "ReplicaSet":
            if let set = replicaSets[key] { return Workload(set.owner ?? owner) }
            // Not heard of: its name says whose it is.
            let suffix = "-" + pod.templateHash
            if !pod.templateHash.isEmpty, owner.name.hasSuffix(suffix) {
                return Workload(
                    kind: "Deployment", name: String(owner.name.dropLast(suffix.count)))
            }
            return Workload(owner)
        case "Job": return Workload(jobs[key]?.owner ?? owner)
        default: return Workload(owner)
        }
    }
}

extension Workload {
    fileprivate init(_ owner: ObjectMeta.Owner) {
        self.init(kind: owner.kind, name: owner.name)
    }
}
