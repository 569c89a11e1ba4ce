import Foundation
import MetricSchema
import Observability
import TestSupport
import Testing

@testable import Kubernetes

/// What a MetricsConfiguration may say, and what is said where it may not.
struct MetricsConfigurationDocumentTests {
    private static let head = "apiVersion: fovea.network/v1alpha1\nkind: MetricsConfiguration\n"

    @Test("everything that can be said is understood")
    func whole() throws {
        let configuration = try MetricsConfiguration(
            yaml: Self.head + """
                metadata: {name: default}
                spec:
                  namespaces: {exclude: [kube-system]}
                  contexts:
                    - metrics: [fovea_flow_bytes_total]
                      levels: [remote]
                      source: {labels: [namespace, workload, ip, zone, node, service]}
                      destination: {labels: [namespace, port], podLabels: [app.kubernetes.io/name]}
                      namespaces: {include: [shop]}
                      ttl: 1h30m
                    - metrics: [fovea_pod_drop_*, "fovea_node_drop_*"]
                      pod: {labels: []}
                    - metrics: ["fovea_*"]
                      levels: [node]
                """)
        let rest = NamespaceChoice.exclude(["kube-system"])
        let expected = MetricsConfiguration([
            MetricContext(
                ["fovea_flow_bytes_total"], levels: [.remote],
                source: PartyLabels([.namespace, .workload, .ip, .zone, .node, .service]),
                destination: PartyLabels(
                    [.namespace, .port], podLabels: ["app.kubernetes.io/name"]),
                namespaces: .include(["shop"]), ttl: .seconds(5_400)),
            MetricContext(
                ["fovea_pod_drop_*", "fovea_node_drop_*"], pod: PartyLabels([]), namespaces: rest),
            MetricContext(["fovea_*"], levels: [.node], namespaces: rest),
        ])
        #expect(configuration == expected)
        #expect(configuration.flowDetail.ends == [.sourceAddress, .destinationPort])
        #expect(configuration.flowDetail.life == .seconds(5_400))
    }

    @Test("JSON says the same as YAML, and goes out as it came in")
    func json() throws {
        let text =
            #"{"contexts":[{"levels":["local"],"metrics":["fovea_pod_*"],"pod":{"labels":["workload"]}}]}"#
        let node = try JSONDecoder().decode(DocumentNode.self, from: Data(text.utf8))
        #expect(
            try MetricsConfiguration(spec: node)
                == MetricsConfiguration([
                    MetricContext(["fovea_pod_*"], levels: [.local], pod: PartyLabels([.workload]))
                ]))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(node), as: UTF8.self) == text)
    }

    struct Refusal: CustomTestStringConvertible {
        let spec: String
        let text: String
        var testDescription: String { text }

        init(_ spec: String, _ text: String) {
            self.spec = spec
            self.text = text
        }

        /// Of one context, with a metric that has all levels.
        init(context: String, _ text: String) {
            self.init("contexts: [{metrics: ['fovea_*'], \(context)}]", text)
        }
    }

    @Test(
        "what is wrong is said with its field and its line",
        arguments: [
            Refusal("", "spec.contexts: is required"),
            Refusal("contexts: {}", "spec.contexts: must be a list"),
            Refusal(
                "contexts: [x]",
                "spec.contexts[0]: must hold keys: metrics, levels, pod, source, destination, namespaces, ttl"
            ),
            Refusal("contexts: [{}]", "spec.contexts[0].metrics: is required"),
            Refusal("contexts: [{metrics: []}]", "spec.contexts[0].metrics: must name a metric"),
            Refusal("contexts: [{metrics: [{}]}]", "spec.contexts[0].metrics[0]: must be a text"),
            Refusal(
                "contexts: [{metrics: [fovea_pod_forward_packet_total]}]",
                "spec.contexts[0].metrics[0]: no metric is called 'fovea_pod_forward_packet_total'; did you mean 'fovea_pod_forward_packets_total'?"
            ),
            Refusal(
                "contexts: [{metrics: ['other_*']}]",
                "spec.contexts[0].metrics[0]: no metric is called 'other_*'"),
            Refusal(
                "contexts: [{metrics: [fovea_series]}]",
                "spec.contexts[0].metrics[0]: 'fovea_series' is what the agent says of itself, which is always written"
            ),
            Refusal(
                "contexts: [{metrics: [fovea_pod_forward_bytes_total, fovea_pod_forward_bytes_total]}]",
                "spec.contexts[0].metrics[1]: 'fovea_pod_forward_bytes_total' is given twice"),
            Refusal(
                context: "levels: [remot]",
                "spec.contexts[0].levels[0]: takes node, local, remote, not 'remot'; did you mean 'remote'?"
            ),
            Refusal(
                "contexts: [{metrics: ['fovea_pod_*'], levels: [remote]}]",
                "spec.contexts[0].levels[0]: none of these metrics has the level remote"),
            Refusal(
                context: "source: {labels: [ipp]}",
                "spec.contexts[0].source.labels[0]: takes namespace, pod, workload, ip, port, service, node, zone, cluster, not 'ipp'; did you mean 'ip'?"
            ),
            Refusal(
                context: "pod: {labels: [pod, port]}",
                "spec.contexts[0].pod.labels[1]: what is counted of one pod is not told by port"),
            Refusal(
                context: "destination: {podLabels: ['a/b/c']}",
                "spec.contexts[0].destination.podLabels[0]: 'a/b/c' cannot be the name of a pod's label"
            ),
            Refusal(
                context: "destination: {podLabels: [a-b, a.b]}",
                "spec.contexts[0].destination.podLabels[1]: 'a.b' would have the name of 'a-b', label_a_b"
            ),
            Refusal(
                "contexts: [{metrics: ['fovea_node_*'], pod: {labels: [pod]}}]",
                "spec.contexts[0].pod: is for metrics at the level local, and this context has none"
            ),
            Refusal(
                context: "levels: [node, local], destination: {}",
                "spec.contexts[0].destination: is for metrics at the level remote, and this context has none"
            ),
            Refusal(
                context: "namespaces: {include: [a], exclude: [b]}",
                "spec.contexts[0].namespaces: takes include or exclude, and not both"),
            Refusal(
                "contexts: [], namespaces: {}",
                "spec.namespaces: takes include or exclude, and not both"),
            Refusal(
                "contexts: [], namespace: {}",
                "spec.namespace: unknown key; did you mean 'namespaces'?"),
            Refusal(
                context: "ttl: 10",
                "spec.contexts[0].ttl: takes a time from 30s to 24h, such as 90s, 10m or 1h30m, not '10'"
            ),
            Refusal(
                context: "ttl: 30m1h",
                "spec.contexts[0].ttl: takes a time from 30s to 24h, such as 90s, 10m or 1h30m, not '30m1h'"
            ),
            Refusal(
                context: "ttl: 25h",
                "spec.contexts[0].ttl: takes a time from 30s to 24h, such as 90s, 10m or 1h30m, not '25h'"
            ),
        ])
    func refusals(_ refusal: Refusal) {
        #expect {
            try MetricsConfiguration(yaml: Self.head + "spec: {\(refusal.spec)}")
        } throws: { error in
            guard let problems = (error as? InvalidDocument)?.problems else { return false }
            #expect(problems.map(\.description) == [refusal.text])
            #expect(problems.allSatisfy { $0.place?.hasPrefix("3:") == true })
            return true
        }
    }

    @Test("all that is wrong is said at once, with the file, the line and the column")
    func several() throws {
        let text = """
            apiVersion: v1
            kind: MetricsConfiguration
            spec:
              contexts:
                - metrics: [fovea_flow_bytes_total]
                  source:
                    labels: [pod, prot]
              more: 1
            """
        #expect {
            try MetricsConfiguration(yaml: text)
        } throws: { error in
            (error as? InvalidDocument)?.problems.map { $0.description(in: "m.yaml") } == [
                "m.yaml:1:13: apiVersion: must be fovea.network/v1alpha1, not 'v1'",
                "m.yaml:8:3: spec.more: unknown key; there are contexts, namespaces",
                "m.yaml:7:23: spec.contexts[0].source.labels[1]: takes namespace, pod, workload, ip, port, service, node, zone, cluster, not 'prot'; did you mean 'pod'?",
            ]
        }
    }

    @Test(
        "what is no YAML is refused with its line",
        arguments: ["a: [", "a: b: c", "\t", "a: 1\na: 2"])
    func malformed(_ text: String) {
        #expect {
            try MetricsConfiguration(yaml: text)
        } throws: {
            ($0 as? InvalidDocument)?.problems.first?.place?.contains(":") == true
        }
    }

    @Test(
        "any bytes are refused or understood, and nothing else", arguments: 0..<300 as Range<UInt64>
    )
    func fuzz(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes = Array(
            (Self.head
                + "spec: {contexts: [{metrics: ['fovea_*'], levels: [node], source: {labels: [ip]}, ttl: 10m}]}")
                .utf8)
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            bytes[Int.random(in: bytes.indices, using: &random)] = .random(
                in: 0...255, using: &random)
        }
        do {
            _ = try MetricsConfiguration(yaml: String(decoding: bytes, as: UTF8.self))
        } catch {
            #expect(!error.problems.isEmpty)
        }
    }

    @Test(
        "a pattern is letters, and stars for any",
        arguments: [
            ("fovea_*", "fovea_x", true), ("*", "", true), ("a*", "ba", false), ("a*a", "a", false),
            ("a*b*c", "axxbyyc", true), ("a*b*c", "acb", false), ("ab", "abc", false),
            ("*b*b*", "ab", false), ("*b*b*", "abab", true), ("**", "x", true),
        ])
    func patterns(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(MetricContext.pattern(pattern, matches: name) == matches)
    }
}
