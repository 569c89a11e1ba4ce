import Foundation
import Kubernetes
import LinuxBackend
import MetricSchema
import Observability
import Testing

extension KernelTier {
    /// Known connections that fail at pods of another node, and policies of an API server say what they say. No filter
    /// of this node drops a packet of them.
    @Suite(.timeLimit(.minutes(2)))
    struct ConnectionPolicyTests {
        private static let denied = Catalog.policyDeniedConnections.descriptor
        private static let acquitted = Catalog.policyAcquittedConnections.descriptor
        /// Of a pod elsewhere where nobody listens, of one that nothing comes back from, and of a service.
        private static let (closed, closed6, silent) = ("10.77.0.60", "fd77::60", "10.77.0.61")
        private static let service = "10.96.0.9"

        @Test
        func `Connections that fail elsewhere are those of the policies that deny them, each`()
            async throws
        {
            let cluster = try ClusterLab("k8f")
            let lab = cluster.lab
            try layOut(lab)
            await cluster.put("cart", at: [lab.address(0), lab.address6(0)])
            await cluster.put("db", at: [Self.closed, Self.closed6], node: "n2")
            await cluster.put("cache", at: [Self.silent], node: "n2")
            await cluster.server.put(
                "/api/v1/services", "front",
                #"{"metadata":{"name":"front","namespace":"shop","uid":"f"},"spec":{"clusterIP":"\#(Self.service)","ports":[{"name":"sql","port":80}]}}"#
            )
            await cluster.server.put(
                "/apis/discovery.k8s.io/v1/endpointslices", "front-1",
                #"{"metadata":{"name":"front-1","namespace":"shop","uid":"e","labels":{"kubernetes.io/service-name":"front"}},"endpoints":[{"addresses":["\#(Self.closed)"]}],"ports":[{"name":"sql","port":9000}]}"#
            )
            await cluster.put(policy: "isolated", #"{"podSelector":{"matchLabels":{"app":"db"}}}"#)
            await cluster.put(
                policy: "open-port",
                #"{"podSelector":{"matchLabels":{"app":"db"}},"ingress":[{"from":[{"podSelector":{"matchLabels":{"app":"cart"}}}],"ports":[{"port":9001,"endPort":9005}]}]}"#
            )
            try await cluster.server.serve { url in
                try await cluster.during(url) { observed, follower in
                    while !follower.health.allSatisfy(\.state.isComplete)
                        || !observed.backend.rows.contains(where: { $0.identity.pod == "cart" })
                    {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    let before = try observed.scrape()
                    try attempt(7, to: Self.closed, 9000, lab)
                    try attempt(4, to: Self.closed6, 9000, lab)
                    try attempt(5, to: Self.closed, 9005, lab)
                    try attempt(3, to: Self.service, 80, lab)
                    try attempt(2, to: Self.silent, 9000, lab)
                    let first = try await failed(21, observed, since: before)
                    #expect(
                        rows(first, Self.denied) == [
                            #"db ingress policy="isolated,open-port" refused 11"#,
                            #"service:front ingress policy="isolated,open-port" refused 3"#,
                        ])
                    #expect(
                        rows(first, Self.acquitted) == [
                            #"cache verdict="unselected" timed_out 2"#,
                            #"db verdict="allowed" refused 5"#,
                        ])
                    for dropped in [Catalog.policyDeniedPackets, Catalog.policyDeniedBytes] {
                        #expect(first.sum(dropped.descriptor) == 0)
                    }
                    #expect(first.sum(Catalog.policyAcquittedPackets.descriptor) == 0)
                    #expect(
                        first.sum(Catalog.serviceFailures.descriptor, "service=\"front\"") == 10)

                    // What the client may not send comes first, and is certain of a service, too.
                    await cluster.put(
                        policy: "no-way-out",
                        #"{"podSelector":{"matchLabels":{"app":"cart"}},"policyTypes":["Egress"],"egress":[{"to":[{"podSelector":{"matchLabels":{"app":"cache"}}}]}]}"#
                    )
                    while follower.naming.directory.sizes["networkpolicies"] != 3 {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    let middle = try observed.scrape()
                    try attempt(6, to: Self.closed, 9005, lab)
                    try attempt(1, to: Self.service, 80, lab)
                    try attempt(2, to: Self.silent, 9000, lab, patience: 0.2)
                    let second = try await failed(9, observed, since: middle)
                    #expect(
                        rows(second, Self.denied) == [
                            #"db egress policy="no-way-out" refused 6"#,
                            #"service:front egress policy="no-way-out" refused 1"#,
                        ])
                    #expect(
                        rows(second, Self.acquitted) == [#"cache verdict="allowed" aborted 2"#])
                    try flows(#require(observed.backend.recentFlows).document(at: 0))
                }
            }
        }

        @Test func `A namespace's labels count as they are when a connection fails`() async throws {
            let cluster = try ClusterLab("k8n")
            let lab = cluster.lab
            try layOut(lab)
            await cluster.put("cart", at: [lab.address(0)])
            await cluster.put("db", at: [Self.closed], node: "n2")
            await cluster.put(
                policy: "by-team",
                #"{"podSelector":{"matchLabels":{"app":"db"}},"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"team":"a"}}}]}]}"#
            )
            func label(_ team: String) async {
                await cluster.server.put(
                    "/api/v1/namespaces", "shop",
                    #"{"metadata":{"name":"shop","uid":"shop","labels":{"team":"\#(team)"}}}"#)
            }
            await label("a")
            let attempt = FlowAttempt(
                client: try #require(IPAddress(lab.address(0))),
                server: try #require(IPAddress(Self.closed)), protocolNumber: 6, port: 9000)
            try await cluster.server.serve { url in
                try await cluster.during(url) { observed, follower in
                    func known(_ judgement: PolicyJudgement) async throws {
                        let judge = try #require(follower.naming.policies)
                        while judge.judge([attempt], everywhere: true) != [judgement]
                            || !observed.backend.rows.contains(where: { $0.identity.pod == "cart" })
                        {
                            try await Task.sleep(for: .milliseconds(5))
                        }
                    }
                    try await known(.notDenied(.allowed))
                    let before = try observed.scrape()
                    try self.attempt(2, to: Self.closed, 9000, lab)
                    let first = try await failed(2, observed, since: before)
                    #expect(rows(first, Self.acquitted) == [#"db verdict="allowed" refused 2"#])
                    await label("b")
                    try await known(.denied(.server, policies: ["by-team"]))
                    let middle = try observed.scrape()
                    try self.attempt(3, to: Self.closed, 9000, lab)
                    let second = try await failed(3, observed, since: middle)
                    #expect(
                        rows(second, Self.denied) == [#"db ingress policy="by-team" refused 3"#])
                }
            }
        }

        @Test func `Where no policies are followed, none of it is kept`() async throws {
            let naming = ClusterNaming(node: "n1", services: true)
            try await Observed.during(naming: naming) { observed in
                #expect(observed.backend.recentFlows == nil)
                let metrics = Set(try observed.scrape().names)
                #expect(metrics.contains(Catalog.serviceLost.descriptor.name))
                #expect(
                    metrics.isDisjoint(
                        with: (Catalog.policies + Catalog.connectionPolicies).map(\.name)))
            }
        }

        // MARK: Pieces

        /// The second namespace answers for addresses that it does not have; a third one's packets go to nobody.
        private func layOut(_ lab: Lab) throws {
            try lab.inside(0, "sysctl", "-qw", "net.ipv4.tcp_syn_retries=1")
            try lab.inside(0, "ip", "route", "add", Self.service, "dev", "eth0")
            for (address, mac) in [
                (Self.closed, lab.mac(1)), (Self.closed6, lab.mac(1)), (Self.service, lab.mac(1)),
                (Self.silent, "02:77:00:00:00:99"),
            ] {
                try lab.inside(
                    0, "ip", "neigh", "replace", address, "lladdr", mac, "dev", "eth0", "nud",
                    "permanent")
            }
            for address in [Self.closed, Self.closed6, Self.service] {
                try lab.inside(1, "ip", "route", "add", "local", address, "dev", "lo")
            }
        }

        /// They fail, each in its own time, and after `patience` seconds where that is less.
        private func attempt(
            _ count: Int, to address: String, _ port: Int, _ lab: Lab, patience: Double = 20
        ) throws {
            let command =
                "\(Lab.trafficPath) tcp-churn --to \(address) --port \(port) --count \(count)"
                + " --concurrency \(count) --timeout \(patience)"
            try lab.inside(0, "bash", "-c", "\(command) || true")
        }

        /// What grew, when so many of the pod's connections have failed and been judged.
        private func failed(
            _ count: UInt64, _ observed: Observed, since before: Reading
        ) async throws -> Reading {
            let end = ContinuousClock.now + .seconds(30)
            while true {
                let grown = try observed.scrape().grown(since: before)
                let failed = grown.sum(
                    Catalog.podTCPFailed.descriptor, "pod=\"cart\"", "role=\"client\"")
                let judged = grown.sum(Self.denied) + grown.sum(Self.acquitted)
                if failed >= count && judged >= count || ContinuousClock.now > end {
                    #expect(failed == count && judged == count)
                    #expect(grown.sum(Catalog.policyUnjudgedConnections.descriptor) == 0)
                    return grown
                }
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        /// Of what grew, the labels that matter; all are cart's.
        private func rows(_ reading: Reading, _ metric: MetricDescriptor) -> [String] {
            reading.rows(metric).filter { $0.value > 0 }.map { row in
                #expect(row.labels.contains(#"source_namespace="shop",source_pod="cart""#))
                func value(_ label: String) -> String {
                    let parts = row.labels.components(separatedBy: "\(label)=\"")
                    return parts.count < 2 ? "" : String(parts[1].prefix { $0 != "\"" })
                }
                let name = metric === Self.denied ? "policy" : "verdict"
                let way = metric === Self.denied ? " \(value("direction"))" : ""
                return
                    "\(value("destination_pod"))\(way) \(name)=\"\(value(name))\" \(value("reason")) \(row.value)"
            }.sorted()
        }

        /// The same once more, by flow.
        private func flows(_ document: FlowsDocument) throws {
            let flows = document.flows.map { flow in
                "\(flow.client.name) \(flow.server.address) \(flow.port ?? 0) \(flow.reason) \(flow.policy.verdict) \(flow.count)"
            }
            #expect(
                Set(flows) == [
                    "cart \(Self.closed) 9000 refused denied 7",
                    "cart \(Self.closed6) 9000 refused denied 4",
                    "cart \(Self.closed) 9005 refused allowed 5",
                    "cart \(Self.closed) 9005 refused denied 6",
                    "cart \(Self.service) 80 refused denied 3",
                    "cart \(Self.service) 80 refused denied 1",
                    "cart \(Self.silent) 9000 timed_out unselected 2",
                    "cart \(Self.silent) 9000 aborted allowed 2",
                ])
            #expect(document.flows.allSatisfy { $0.lost == "connections" && $0.protocol == "tcp" })
            let blocked = try #require(document.flows.first { $0.count == 6 })
            #expect(blocked.policy == .init(.denied(.client, policies: ["no-way-out"])))
            #expect(blocked.server.name == "db" && blocked.client.workload == "web")
        }
    }
}
