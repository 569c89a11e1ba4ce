import ArgumentParser
import Foundation
import Kubernetes
import Observability

/// What a cluster costs an agent that follows all of it: memory of everything that is kept, and time for each event of a
/// rollout. Events are JSON, as a watch has them, of objects with what real ones have in them.
struct ClusterBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Memory of a cluster's objects of all kinds, and time for a rollout's events.")

    @Option(help: "Pods in the cluster; everything else follows from it.") var pods = 100_000
    @Option(help: "Pods that a rollout replaces.") var replaced = 5_000

    func run() throws {
        let naming = ClusterNaming(node: "node-7", services: true, policySources: [])
        let index = IdentityIndex()
        let cluster = ClusterText(pods: pods)
        let first = Self.memory("VmRSS")
        let before = try know(cluster, naming)
        index.change(directory: naming.takeChanges())
        let others = Self.memory("VmRSS")
        let start = ContinuousClock.now
        // Of other nodes' pods the agent keeps less.
        let keep: (PodRecord) -> PodRecord = {
            $0.node == naming.node ? $0 : $0.withoutContainers
        }
        try know(PodRecord.self, pods, { cluster.pod($0) }, keep) {
            naming.directory.apply(pods: $0)
        }
        index.change(directory: naming.takeChanges())
        let took = ContinuousClock.now - start
        let after = Self.memory("VmRSS")
        print("\(before): \((others - first) >> 10) MB")
        print(
            "\(pods) pods with labels: \((after - others) >> 10) MB more,",
            "\((after - first) >> 10) MB in all;",
            "peak of the process \(Self.memory("VmHWM") >> 10) MB,",
            "\(Int(took.seconds * 1e6) / pods) µs a pod")

        var events = 0
        let rollout = ContinuousClock.now
        for number in 0..<replaced {
            let (new, old) = (pods + number, number)
            // Pending, placed, running with an address, ready, and the end of the one it takes the place of.
            for (type, pod, hasAddress, version) in [
                ("ADDED", new, false, 1), ("MODIFIED", new, false, 2), ("MODIFIED", new, true, 3),
                ("MODIFIED", new, true, 4), ("MODIFIED", old, true, 5), ("DELETED", old, true, 6),
            ] {
                try take(cluster.pod(pod, type, hasAddress: hasAddress, version: version)) {
                    naming.directory.apply(pods: $0)
                }
                events += 1
            }
            // A slice's controller says several changes at once.
            if number % 5 == 4 {
                try take(cluster.slice(of: number, replaced: number, version: number + 2)) {
                    naming.directory.apply(endpointSlices: $0)
                }
                try take(cluster.replicaSet(number / 50, type: "MODIFIED", version: number + 2)) {
                    naming.directory.apply(replicaSets: $0)
                }
                events += 2
            }
            // The backend takes what has come 20 times a second; here after every hundred pods.
            if number % 100 == 0 { index.change(directory: naming.takeChanges()) }
        }
        index.change(directory: naming.takeChanges())
        let each = (ContinuousClock.now - rollout).seconds / Double(max(1, events))
        print(
            "rollout of \(replaced): \(events) events, \(Int(each * 1e6)) µs each,",
            "\(Int(1 / each)) a second")
        let new = ClusterText.address(pods + replaced - 1)
        let known = IPAddress(new).map { index.current[index.current.identity(of: $0)].pod } ?? ""
        print("the last one is known as \(known)")
    }

    /// All but pods, as reflectors do at first; what there is.
    private func know(_ cluster: ClusterText, _ naming: ClusterNaming) throws -> String {
        let directory = naming.directory
        let (nodes, apps, namespaces) = (pods / 100, pods / 50, pods / 1000)
        try know(NodeRecord.self, nodes, cluster.node) { directory.apply(nodes: $0) }
        try know(NamespaceRecord.self, namespaces, cluster.namespace) {
            directory.apply(namespaces: $0)
        }
        try know(ServiceRecord.self, apps, cluster.service) { directory.apply(services: $0) }
        // Old ones stay for rolling back.
        try know(ReplicaSetRecord.self, apps * 5, { cluster.replicaSet($0) }) {
            directory.apply(replicaSets: $0)
        }
        try know(JobRecord.self, apps, cluster.job) { directory.apply(jobs: $0) }
        try know(EndpointSliceRecord.self, apps, { cluster.slice(of: $0 * 50) }) {
            directory.apply(endpointSlices: $0)
        }
        try know(NetworkPolicyRecord.self, apps, cluster.policy) { directory.apply(policies: $0) }
        return
            "\(nodes) nodes, \(namespaces) namespaces, \(apps * 5) ReplicaSets, \(apps) each of services, Jobs, slices of 50 endpoints and policies"
    }

    private func know<Record: KubernetesRecord>(
        _ kind: Record.Type, _ count: Int, _ line: (Int) -> String,
        _ keep: (Record) -> Record = { $0 },
        _ apply: (ReflectedChange<Record>) -> Void
    ) throws {
        var found: [Record] = []
        let decoder = JSONDecoder()
        for number in 0..<count {
            let event = try decoder.decode(
                WatchEvent<Record>.self, from: Data(line(number).utf8))
            if case .set(let record) = event { found.append(keep(record)) }
        }
        apply(.replaced(found))
    }

    private func take<Record: KubernetesRecord>(
        _ line: String, _ apply: (ReflectedChange<Record>) -> Void
    ) throws {
        switch try JSONDecoder().decode(WatchEvent<Record>.self, from: Data(line.utf8)) {
        case .set(let record): apply(.set(record))
        case .removed(let record): apply(.removed(record.key, uid: record.uid))
        case .bookmark: break
        }
    }

    /// In kilobytes.
    private static func memory(_ name: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        return line.flatMap { $0.split(separator: " ").compactMap { Int($0) }.first } ?? 0
    }
}
