import Foundation
import Kubernetes
import Observability
import TestSupport
import Testing

/// Random clusters of two nodes, whose namespaces and pods get other labels: what the directory says of every flow is
/// what the naive evaluator makes of both ends.
struct ClusterJudgePropertyTests {
    private struct Cluster {
        var namespaces: PolicyPropertyTests.Namespaces
        var pods: [(pod: PolicyPropertyTests.Pod, node: String)]
        let policies: [PolicyPropertyTests.Policy]
        var version = 1

        init(_ random: inout SeededGenerator) {
            namespaces = Self.labels(&random)
            pods = (0..<5).map { number in
                (
                    PolicyPropertyTests.pod(number, &random),
                    PolicyPropertyTests.pick(["n1", "n2"], &random)
                )
            }
            policies = PolicyPropertyTests.policies(&random)
        }

        mutating func relabel(_ random: inout SeededGenerator) {
            version += 1
            namespaces = Self.labels(&random)
            for place in pods.indices where random.once(in: 2) {
                pods[place].pod.labels = PolicyPropertyTests.labels(&random)
            }
        }

        private static func labels(
            _ random: inout SeededGenerator
        ) -> PolicyPropertyTests.Namespaces {
            var all: PolicyPropertyTests.Namespaces = [:]
            for name in ["a", "b", "c"] { all[name] = PolicyPropertyTests.labels(&random) }
            return all
        }

        /// As watches would say it.
        func tell(_ directory: ClusterDirectory) throws {
            for (name, labels) in namespaces {
                let object = ["metadata": meta(name, nil, labels)]
                directory.apply(namespaces: .set(try decode(object)))
            }
            for (place, one) in pods.enumerated() {
                let ports: [[String: Any]] = one.pod.ports.map {
                    ["name": $0.name, "protocol": $0.protocolName, "containerPort": $0.number]
                }
                let object: [String: Any] = [
                    "metadata": meta("pod\(place)", one.pod.namespace, one.pod.labels),
                    "spec": [
                        "nodeName": one.node, "containers": [["name": "it", "ports": ports]],
                    ],
                    "status": ["phase": "Running", "podIP": one.pod.address],
                ]
                directory.apply(pods: .set(try decode(object)))
            }
        }

        private func meta(
            _ name: String, _ namespace: String?, _ labels: [String: String]
        ) -> [String: Any] {
            var meta: [String: Any] = [
                "name": name, "uid": "\(namespace ?? "")-\(name)", "labels": labels,
                "resourceVersion": "\(version)",
            ]
            meta["namespace"] = namespace
            return meta
        }

        func expected(
            _ client: PolicyPropertyTests.Pod, _ server: PolicyPropertyTests.Pod,
            _ flow: (number: Int, port: Int), on node: String?
        ) -> PolicyJudgement {
            var verdicts: [PolicyVerdict] = []
            for (end, kind, subject) in [
                (FlowEnd.client, "Egress", client), (.server, "Ingress", server),
            ] where subject.isPod {
                let home = pods.first { $0.pod.address == subject.address }?.node
                if let node, home != node { continue }
                let verdict = PolicyPropertyTests.expected(
                    policies, namespaces, kind, client, server, flow.number, flow.port)
                if case .denied(let names) = verdict { return .denied(end, policies: names) }
                verdicts.append(verdict)
            }
            if verdicts.isEmpty { return .notDenied(.unknown) }
            return .notDenied(verdicts.contains(.allowed) ? .allowed : .unselected)
        }
    }

    /// The other node's, and so that of a pod in its network: in the policies' block of addresses, and nobody's.
    private static let nodeAddress = "10.0.0.6"

    @Test(
        "a cluster's judgement is the naive evaluator's at the ends it asks for, whatever is relabelled",
        arguments: 0..<8 as Range<UInt64>)
    func naive(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var cluster = Cluster(&random)
        let directory = ClusterDirectory { _ in }
        directory.apply(
            nodes: .set(
                try decode([
                    "metadata": ["name": "n2", "uid": "n2"],
                    "status": ["addresses": [["type": "InternalIP", "address": Self.nodeAddress]]],
                ])))
        directory.apply(
            pods: .set(
                try decode([
                    "metadata": [
                        "name": "agent", "namespace": "a", "uid": "agent",
                        "labels": ["app": "x", "team": "x", "env": "x"],
                    ], "spec": ["nodeName": "n2", "hostNetwork": true],
                    "status": ["phase": "Running", "podIP": Self.nodeAddress],
                ])))
        for policy in cluster.policies {
            directory.apply(policies: .set(try PolicyPropertyTests.record(policy)))
        }
        let host = PolicyPropertyTests.Pod(
            namespace: "", address: Self.nodeAddress, labels: [:], ports: [], isPod: false)
        for _ in 0..<2 {
            try cluster.tell(directory)
            let all = cluster.pods.map(\.pod) + [host]
            for client in all {
                for server in all where server.address != client.address {
                    for flow in PolicyPropertyTests.flows {
                        let attempt = FlowAttempt(
                            client: PolicyVerdictTests.address(client.address),
                            server: PolicyVerdictTests.address(server.address),
                            protocolNumber: UInt8(flow.0),
                            port: flow.0 == 1 ? nil : UInt16(flow.1))
                        for everywhere in [false, true] {
                            #expect(
                                directory.judge([attempt], on: "n1", everywhere: everywhere)
                                    == [
                                        cluster.expected(
                                            client, server, flow, on: everywhere ? nil : "n1")
                                    ], "\(client) \(server) \(flow) \(everywhere)")
                        }
                    }
                }
            }
            cluster.relabel(&random)
        }
    }
}

private func decode<Record: KubernetesRecord>(_ object: [String: Any]) throws -> Record {
    try JSONDecoder().decode(Record.self, from: JSONSerialization.data(withJSONObject: object))
}
