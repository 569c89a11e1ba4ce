package import MetricSchema
package import Observability
import Synchronization

/// Whose each address of the cluster is now: pods, services and nodes, from their records.
package final class ClusterDirectory: Sendable {
    /// Names to change at once; nil where an address is nobody's any more.
    package typealias Names = [IPAddress: Identity?]

    private struct State {
        var pods = RecordStore<PodRecord>()
        var services = RecordStore<ServiceRecord>()
        var nodes = RecordStore<NodeRecord>()
        var owners: [IPAddress: [Claim]] = [:]
    }

    /// One object's word that an address is its own. While an old pod ends slowly, a new one may have its
    /// address already: the latest word counts, and an earlier one counts again when that is taken back.
    private struct Claim {
        let object: String
        let identity: Identity
    }

    private let state = Mutex(State())
    private let changed: @Sendable (Names) -> Void

    /// `changed` is called with every change, in order, and by one caller at a time of each kind.
    package init(changed: @escaping @Sendable (Names) -> Void) {
        self.changed = changed
    }

    package func apply(pods change: ReflectedChange<PodRecord>) {
        apply { state in
            state.pods.apply(change).map { effect in
                Movement(
                    leaving: effect.before.map { ($0.uid, $0.addresses) },
                    entering: effect.after.map { ($0.uid, $0.addresses) },
                    identity: effect.after.map {
                        Identity(namespace: $0.key.namespace, pod: $0.key.name)
                    })
            }
        }
    }

    package func apply(services change: ReflectedChange<ServiceRecord>) {
        apply { state in
            state.services.apply(change).map { effect in
                Movement(
                    leaving: effect.before.map { ($0.uid, $0.addresses) },
                    entering: effect.after.map { ($0.uid, $0.addresses) },
                    identity: effect.after.map {
                        .service($0.key.name, namespace: $0.key.namespace)
                    })
            }
        }
    }

    package func apply(nodes change: ReflectedChange<NodeRecord>) {
        apply { state in
            state.nodes.apply(change).map { effect in
                Movement(
                    leaving: effect.before.map { ($0.uid, $0.addresses) },
                    entering: effect.after.map { ($0.uid, $0.addresses) },
                    identity: effect.after.map { .node($0.key.name) })
            }
        }
    }

    /// The pod on `node` that has one of the addresses; nil while the cluster has not named it yet.
    package func pod(at addresses: [IPAddress], on node: String) -> PodRecord? {
        state.withLock { state in
            for address in addresses {
                for claim in (state.owners[address] ?? []).reversed() {
                    let key = ObjectKey(
                        namespace: claim.identity.namespace, name: claim.identity.pod)
                    if let pod = state.pods.records[key], pod.uid == claim.object, pod.node == node
                    {
                        return pod
                    }
                }
            }
            return nil
        }
    }

    package var sizes: (pods: Int, services: Int, nodes: Int) {
        state.withLock {
            ($0.pods.records.count, $0.services.records.count, $0.nodes.records.count)
        }
    }

    // MARK: Claims

    private struct Movement {
        let leaving: (object: String, addresses: [IPAddress])?
        let entering: (object: String, addresses: [IPAddress])?
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
                if now != before { names[address] = .some(now) }
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
