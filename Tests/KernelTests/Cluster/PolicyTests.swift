import Kubernetes
import LinuxBackend
import MetricSchema
import Observability
import Testing

extension KernelTier {
    /// Rules drop known packets, and policies of an API server say what they say.
    @Suite(.timeLimit(.minutes(2)))
    struct PolicyTests {
        private let denied = Catalog.policyDeniedPackets.descriptor
        private let acquitted = Catalog.policyAcquittedPackets.descriptor
        private static let table = ["bridge", "fvk_policy"]

        @Test func `Dropped packets are those of the policies that deny them, to the packet`()
            async throws
        {
            let cluster = try ClusterLab("k8p")
            let lab = cluster.lab
            await cluster.put("cart", at: [lab.address(0), lab.address6(0)])
            await cluster.put("db", at: [lab.address(1), lab.address6(1)])
            await cluster.put(policy: "isolated", #"{"podSelector":{"matchLabels":{"app":"db"}}}"#)
            await cluster.put(
                policy: "open-port",
                #"{"podSelector":{},"ingress":[{"from":[{"podSelector":{"matchLabels":{"app":"cart"}}}],"ports":[{"protocol":"UDP","port":9001}]}]}"#
            )
            try drop(in: lab)
            defer { _ = try? Lab.run(["nft", "delete", "table"] + Self.table) }
            try await cluster.server.serve { url in
                try await cluster.during(url) { observed, follower in
                    while !follower.health.allSatisfy(\.state.isComplete)
                        || !named(["cart", "db"], observed)
                    {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    let before = try observed.scrape()
                    try send(40, from: 0, to: lab.address(1), port: 9000, lab)
                    try send(30, from: 0, to: lab.address6(1), port: 9000, lab)
                    try send(20, from: 0, to: lab.address(1), port: 9001, lab)
                    let first = try observed.scrape().grown(since: before)
                    #expect(
                        rows(first, denied) == [
                            #"pod="db" ingress policy="isolated,open-port" 70"#
                        ])
                    #expect(rows(first, acquitted) == [#"pod="cart" egress verdict="allowed" 20"#])
                    #expect(
                        first.sum(Catalog.policyDeniedBytes.descriptor, "pod=\"db\"")
                            == 40 * (28 + 18) + 30 * (48 + 18))

                    // The client's own policy comes first, and an answer is its request's.
                    await cluster.put(
                        policy: "no-way-out",
                        #"{"podSelector":{"matchLabels":{"app":"cart"}},"policyTypes":["Egress"]}"#)
                    while follower.naming.directory.sizes["networkpolicies"] != 3 {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    let middle = try observed.scrape()
                    try send(10, from: 0, to: lab.address(1), port: 9000, lab)
                    try send(5, from: 1, to: lab.address(0), port: 40_000, source: 9000, lab)
                    let second = try observed.scrape().grown(since: middle)
                    #expect(
                        rows(second, denied) == [
                            #"pod="cart" egress policy="no-way-out" 15"#
                        ])

                    for policy in ["isolated", "open-port", "no-way-out"] {
                        await cluster.server.delete(
                            "/apis/networking.k8s.io/v1/networkpolicies", policy)
                    }
                    while follower.naming.directory.sizes["networkpolicies"] != 0 {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    let last = try observed.scrape()
                    try send(12, from: 0, to: lab.address(1), port: 9000, lab)
                    let third = try observed.scrape().grown(since: last)
                    #expect(rows(third, denied).isEmpty)
                    let kept = try #require(observed.backend.recentFlows).document(at: 0).flows
                    #expect(
                        Set(
                            kept.map {
                                "\($0.lostAt ?? "") \($0.direction) \($0.count) \($0.policy.verdict)"
                            }) == [
                                "client egress 40 denied", "client egress 30 denied",
                                "client egress 20 allowed", "client egress 10 denied",
                                "server egress 5 denied", "client egress 12 unselected",
                            ])
                    #expect(
                        kept.allSatisfy { $0.reason == "netfilter_drop" && $0.lost == "packets" })
                    #expect(
                        rows(third, acquitted) == [#"pod="cart" egress verdict="unselected" 12"#])
                }
            }
        }

        // MARK: Pieces

        /// Datagrams to and from port 9000, and to 9001, between the lab's endpoints.
        private func drop(in lab: Lab) throws {
            _ = try? Lab.run(["nft", "delete", "table"] + Self.table)
            try Lab.run(["nft", "add", "table"] + Self.table)
            try Lab.run(
                ["nft", "add", "chain"] + Self.table
                    + ["c", "{ type filter hook forward priority 0; }"])
            for place in 0..<2 {
                for side in ["dport", "sport"] {
                    try Lab.run(
                        ["nft", "add", "rule"] + Self.table
                            + [
                                "c", "meta", "iifname", lab.link(place), "udp", side,
                                "{ 9000, 9001 }", "drop",
                            ])
                }
            }
        }

        private func send(
            _ count: Int, from place: Int, to address: String, port: Int, source: Int? = nil,
            _ lab: Lab
        ) throws {
            try lab.traffic(
                place, "udp-send", "--to", address, "--port", "\(port)", "--count", "\(count)",
                "--from-port", "\(source ?? 0)")
        }

        private func named(_ pods: [String], _ observed: Observed) -> Bool {
            let present = Set(
                observed.backend.rows.filter { $0.retired == nil }.map(\.identity.pod))
            return present.isSuperset(of: pods)
        }

        /// Of what grew, the labels that matter.
        private func rows(_ reading: Reading, _ metric: MetricDescriptor) -> [String] {
            reading.rows(metric).filter { $0.value > 0 }.map { row in
                let pod = ["cart", "db"].first { row.labels.contains("pod=\"\($0)\"") } ?? "?"
                let name = metric === denied ? "policy" : "verdict"
                let rest = row.labels.split(separator: "\(name)=").last ?? ""
                let way = row.labels.contains("\"egress\"") ? "egress" : "ingress"
                return "pod=\"\(pod)\" \(way) \(name)=\(rest) \(row.value)"
            }.sorted()
        }
    }
}
