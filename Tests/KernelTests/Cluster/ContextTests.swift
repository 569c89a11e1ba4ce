import Kubernetes
import LinuxBackend
import MetricSchema
import Observability
import Testing

extension KernelTier {
    /// Known traffic, told as a cluster's MetricsConfiguration says.
    @Suite(.timeLimit(.minutes(2)))
    struct ContextTests {
        private static let configuration =
            #"{"metadata":{"name":"default","uid":"c","generation":1},"spec":{"contexts":["#
            + #"{"metrics":["fovea_flow_*"],"source":{"labels":["namespace","workload"]},"#
            + #""destination":{"labels":["namespace","workload","port"]}},"#
            + #"{"metrics":["fovea_pod_forward_*"],"pod":{"labels":["workload"],"podLabels":["app"]}}]}}"#

        @Test func `Pairs and pods are told by what a context names, and are as many packets`()
            async throws
        {
            let cluster = try ClusterLab("k8c", hosts: 3)
            let lab = cluster.lab
            await cluster.put("cart-1", at: [lab.address(0)])
            await cluster.put("cart-2", at: [lab.address(1)])
            await cluster.put("db-0", at: [lab.address(2)], deployment: "db")
            await cluster.server.put(
                "/apis/fovea.network/v1alpha1/metricsconfigurations", "default",
                Self.configuration)
            try lab.serve(2, "udp-sink", "--port", "9000")
            try await cluster.server.serve { url in
                try await cluster.during(url) { observed, _, contexts in
                    while contexts.configuration.contexts.isEmpty
                        || !Set(observed.backend.rows.map(\.identity.pod))
                            .isSuperset(of: ["cart-1", "cart-2", "db-0"])
                    {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    let before = try observed.scrape()
                    let start = try [0, 1].map { try lab.counter($0, "rx_packets") }
                    for (host, count) in [(0, 100), (1, 50)] {
                        try lab.traffic(
                            host, "udp-send", "--to", lab.address(2), "--port", "9000", "--count",
                            "\(count)")
                    }
                    let sent = try zip([0, 1], start).map { host, start in
                        try lab.counter(host, "rx_packets") - start
                    }
                    let after = try observed.scrape().grown(since: before)
                    let flows = after.rows(Catalog.flowPackets.descriptor)
                        .filter { $0.labels.contains("destination_port=\"9000\"") }
                    #expect(
                        Set(flows.map { "\($0.labels) \($0.value)" })
                            == Set(
                                ["egress", "ingress"].map {
                                    #"source_namespace="shop",source_workload_kind="Deployment",source_workload="web",destination_namespace="shop",destination_workload_kind="Deployment",destination_workload="db",destination_port="9000",protocol="udp",direction="\#($0)" 150"#
                                }))
                    for (host, pod) in ["cart-1", "cart-2"].enumerated() {
                        #expect(
                            after.sum(
                                Catalog.podPackets.descriptor, "workload=\"web\"",
                                "label_app=\"\(pod)\"", "egress") == sent[host])
                    }
                    #expect(
                        !after.rows(Catalog.podPackets.descriptor).contains {
                            $0.labels.contains("pod=")
                        })
                }
            }
        }
    }
}
