import Kubernetes
import LinuxBackend
import MetricSchema
import Observability
import Testing

extension KernelTier {
    /// Known traffic between namespaces, and the names an API server gives them.
    @Suite(.timeLimit(.minutes(2)))
    struct ClusterTests {
        private let packets = Catalog.podPackets.descriptor
        private let flows = Catalog.flowPackets.descriptor

        @Test func `What a pod sent before it had its name is the pod's, to the packet`()
            async throws
        {
            let cluster = try ClusterLab("k8n")
            let lab = cluster.lab
            try lab.serve(1, "udp-sink", "--port", "9000")
            try await cluster.server.serve { url in
                try await cluster.during(url) { observed, _ in
                    let start = try lab.hosts.indices.map { try lab.counter($0, "rx_packets") }
                    try send(100, from: 0, to: lab.address(1), lab)
                    let before = try observed.scrape()
                    #expect(
                        before.sum(packets, "pod=\"\(lab.hosts[0])\"", "egress")
                            == (try lab.counter(0, "rx_packets")) - start[0])
                    await cluster.put("cart", at: [lab.address(0), lab.address6(0)])
                    await cluster.put(
                        "db-0", at: [lab.address(1), lab.address6(1)], deployment: "db")
                    try await named("cart", "db-0", in: observed)
                    try send(50, from: 0, to: lab.address6(1), lab)
                    let after = try observed.scrape()
                    let cart =
                        #"namespace="shop",pod="cart",workload_kind="Deployment",workload="web""#
                    #expect(
                        after.rows(packets).filter { $0.labels.contains("\"cart\"") }.map(\.labels)
                            .sorted()
                            == ["egress", "ingress"].map { #"\#(cart),direction="\#($0)""# })
                    #expect(
                        after.sum(packets, cart, "egress")
                            == (try lab.counter(0, "rx_packets")) - start[0])
                    for way in ["egress", "ingress"] {
                        #expect(
                            after.rows(flows).filter {
                                $0.labels.contains("source_pod=\"cart\"") && $0.labels.contains(way)
                                    && $0.labels.contains("\"udp\"")
                            }.map { [$0.labels, "\($0.value)"] } == [
                                [
                                    #"source_namespace="shop",source_pod="cart",source_workload_kind="Deployment",source_workload="web",destination_namespace="shop",destination_pod="db-0",destination_workload_kind="Deployment",destination_workload="db",protocol="udp",direction="\#(way)""#,
                                    "150",
                                ]
                            ])
                    }
                    for metric in Catalog.all {
                        #expect(
                            !after.rows(metric).contains { $0.labels.contains(lab.hosts[0]) },
                            "\(metric.name)")
                    }
                }
            }
        }

        @Test func `An address that passes to another pod is each one's for as long as it had it`()
            async throws
        {
            let cluster = try ClusterLab("k8h", hosts: 3)
            let lab = cluster.lab
            let address = lab.address(0)
            await cluster.put("old", at: [address])
            await cluster.put("client", at: [lab.address(1)])
            try lab.serve(0, "udp-sink", "--port", "9000")
            try await cluster.server.serve { url in
                try await cluster.during(url) { observed, _ in
                    try await named("old", "client", in: observed)
                    try send(30, from: 1, to: address, lab)
                    try Lab.run("ip", "netns", "del", lab.hosts[0])
                    _ = try? Lab.run("ip", "link", "del", lab.link(0))
                    try await becomes { observed.backend.pods["old"] == nil }
                    // The new one's namespace is there before the API server knows of it, or of the old one's end.
                    try lab.inside(2, "ip", "addr", "add", "\(address)/24", "dev", "eth0")
                    try lab.serve(2, "udp-sink", "--port", "9000")
                    try lab.inside(
                        1, "ip", "neigh", "replace", address, "lladdr", lab.mac(2), "dev", "eth0",
                        "nud", "permanent")
                    await cluster.delete("old")
                    await cluster.put("new", at: [address])
                    try await named("new", in: observed)
                    try send(20, from: 1, to: address, lab)
                    let reading = try observed.scrape()
                    func flow(_ pod: String, _ way: String) -> UInt64 {
                        reading.sum(
                            flows, "source_pod=\"client\"", "destination_pod=\"\(pod)\"",
                            "\"udp\"", way)
                    }
                    #expect(flow("old", "egress") == 30 && flow("old", "ingress") == 30)
                    #expect(flow("new", "egress") == 20 && flow("new", "ingress") == 20)
                    // The old one's totals stay for their grace.
                    #expect(reading.sum(packets, "pod=\"old\"", "ingress") >= 30)
                }
            }
        }

        @Test func `Without its API server the agent keeps what it knows and says how old it is`()
            async throws
        {
            let cluster = try ClusterLab("k8a")
            let lab = cluster.lab
            await cluster.put("cart", at: [lab.address(0)])
            let url = try await cluster.server.freeURL()
            let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
            try await cluster.during(url) { observed, follower in
                try await cluster.server.serve(port: port) { _ in
                    try await named("cart", in: observed)
                }
                let pods = try #require(follower.health.first { $0.resource == "pods" })
                let heard = try #require(pods.state.lastHeard)
                try await becomes { pods.state.failures >= 3 }
                #expect(observed.backend.pods["cart"] != nil)
                let reading = try observed.scrape()
                #expect(reading.rows(packets).contains { $0.labels.contains("\"cart\"") })
                var samples = SampleBuffer()
                try follower.collector.collect(into: &samples)
                let age = try #require(
                    samples.families.first { $0.descriptor === Catalog.clusterAge.descriptor }?
                        .rows.first { $0.labels.contains("\"pods\"") })
                guard case .number(let seconds) = age.value else {
                    Issue.record("an age is a number")
                    return
                }
                #expect(seconds > 0 && pods.state.lastHeard == heard)
                // What happened meanwhile is heard when it is back.
                await cluster.put("db-0", at: [lab.address(1)])
                try await cluster.server.serve(port: port) { _ in
                    try await named("cart", "db-0", in: observed)
                }
            }
        }

        @Test func `A pod that comes again under its name is counted from its own beginning`()
            async throws
        {
            let cluster = try ClusterLab("k8s", hosts: 3)
            let lab = cluster.lab
            await cluster.put("db-0", at: [lab.address(0)], uid: "first")
            try lab.serve(1, "udp-sink", "--port", "9000")
            try await cluster.server.serve { url in
                try await cluster.during(url) { observed, _ in
                    try await named("db-0", in: observed)
                    try send(40, from: 0, to: lab.address(1), lab)
                    let first = try observed.scrape()
                    #expect(flow(first, "db-0") == 40)
                    let start = try lab.counter(2, "rx_packets")
                    try Lab.run("ip", "netns", "del", lab.hosts[0])
                    _ = try? Lab.run("ip", "link", "del", lab.link(0))
                    try await becomes { observed.backend.pods["db-0"] == nil }
                    await cluster.put("db-0", at: [lab.address(2)], uid: "second")
                    try await named("db-0", in: observed)
                    try send(5, from: 2, to: lab.address(1), lab)
                    let second = try observed.scrape()
                    #expect(
                        second.sum(packets, "pod=\"db-0\"", "egress")
                            >= (try lab.counter(2, "rx_packets")) - start)
                    #expect(
                        second.rows(packets).filter { $0.labels.contains("\"db-0\"") }.count == 2)
                    #expect(flow(second, "db-0") == 45)
                }
            }
        }

        @Test
        func
            `What was sent to a pod of another node before it had its name is the pod's, to the packet`()
            async throws
        {
            var cluster = try ClusterLab("k8w", hosts: 1)
            cluster.settings.namingPatience = 120
            let lab = cluster.lab
            await cluster.put("cart", at: [lab.address(0)])
            await cluster.put("early", at: ["10.77.0.201"], node: "n2")
            // Nobody is there: what counts is what leaves.
            try lab.inside(0, "ip", "route", "add", "default", "dev", "eth0")
            let addresses = ["10.77.0.201", "10.77.0.202", "192.0.2.1"]
            for address in addresses {
                try lab.inside(
                    0, "ip", "neigh", "replace", address, "lladdr", "02:77:00:00:00:99", "dev",
                    "eth0", "nud", "permanent")
            }
            func sent(_ reading: Reading, to pod: String) -> UInt64 {
                reading.sum(
                    flows, "source_pod=\"cart\"", "destination_pod=\"\(pod)\"", "\"udp\"", "egress")
            }
            let url = try await cluster.server.freeURL()
            let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
            try await cluster.during(url) { observed, _ in
                // Nothing is known yet.
                for (address, count) in zip(addresses, [100, 50, 30]) {
                    try send(count, from: 0, to: address, lab)
                }
                let first = try observed.scrape()
                #expect(
                    first.sum(flows, "\"udp\"", "egress", "reserved:world") == 0
                        && first.sum(Catalog.waitingFlowPackets.descriptor) >= 180)
                try await cluster.server.serve(port: port) { _ in
                    try await named("cart", in: observed)
                    try await becomes { knows(addresses[0], observed) }
                    try send(7, from: 0, to: addresses[1], lab)
                    try send(3, from: 0, to: addresses[2], lab)
                    // What is far from all pods is outside as soon as these are known, and the rest waits.
                    try await becomes {
                        try sent(observed.scrape(), to: "reserved:world") == 33
                    }
                    let second = try observed.scrape()
                    #expect(sent(second, to: "early") == 100)
                    await cluster.put("late", at: [addresses[1]], node: "n2")
                    try await becomes { knows(addresses[1], observed) }
                    try send(5, from: 0, to: addresses[1], lab)
                    let third = try observed.scrape()
                    #expect(sent(third, to: "late") == 62)
                    #expect(sent(third, to: "early") == 100)
                    #expect(sent(third, to: "reserved:world") == 33)
                }
            }
        }

        @Test
        func
            `Bytes to another zone are its own, to the byte, and who is in a node's range is not the world`()
            async throws
        {
            var cluster = try ClusterLab("k8z", hosts: 2)
            cluster.settings.namingPatience = 0
            let lab = cluster.lab
            await cluster.put(node: "n1", at: [], zone: "eu-1a")
            await cluster.put(node: "n2", at: [], zone: "eu-1b", podRange: "10.88.0.0/24")
            await cluster.put("cart", at: [lab.address(0)])
            await cluster.put("near", at: [lab.address(1)])
            await cluster.put("far", at: ["10.88.0.2"], node: "n2")
            try lab.serve(1, "udp-sink", "--port", "9000")
            try lab.inside(0, "ip", "route", "add", "default", "dev", "eth0")
            for address in ["10.88.0.2", "10.88.0.3"] {
                try lab.inside(
                    0, "ip", "neigh", "replace", address, "lladdr", "02:77:00:00:00:99", "dev",
                    "eth0", "nud", "permanent")
            }
            try await cluster.server.serve { url in
                try await cluster.during(url) { observed, _ in
                    try await named("cart", "near", in: observed)
                    let unnamed = try #require(IPAddress("10.88.0.3"))
                    try await becomes {
                        knows("10.88.0.2", observed)
                            && observed.backend.identities.current.identity(of: unnamed) == .cluster
                    }
                    try send(40, from: 0, to: "10.88.0.2", lab)
                    try send(9, from: 0, to: "10.88.0.3", lab)
                    try send(70, from: 0, to: lab.address(1), lab)
                    let reading = try observed.scrape()
                    let bytes = Catalog.flowBytes.descriptor
                    let far = reading.sum(
                        bytes, "source_pod=\"cart\"", "destination_pod=\"far\"", "egress")
                    let near = reading.sum(
                        bytes, "source_pod=\"cart\"", "destination_pod=\"near\"", "egress")
                    let zones = Catalog.zoneBytes.descriptor
                    #expect(far > 0 && near > 0)
                    #expect(
                        reading.sum(
                            zones, #"source_zone="eu-1a",destination_zone="eu-1b""#, "egress")
                            == far)
                    #expect(
                        reading.sum(
                            zones, #"source_zone="eu-1a",destination_zone="eu-1a""#, "egress")
                            >= near)
                    #expect(
                        reading.sum(
                            flows, "destination_pod=\"reserved:cluster\"", "\"udp\"", "egress") == 9
                    )
                }
            }
        }

        // MARK: Pieces

        private func knows(_ address: String, _ observed: Observed) -> Bool {
            IPAddress(address).map { observed.backend.identities.current.isNamed($0) } ?? false
        }

        private func flow(_ reading: Reading, _ source: String) -> UInt64 {
            reading.sum(flows, "source_pod=\"\(source)\"", "\"udp\"", "egress")
        }

        private func send(_ count: Int, from place: Int, to address: String, _ lab: Lab) throws {
            try lab.traffic(
                place, "udp-send", "--to", address, "--port", "9000", "--count", "\(count)")
        }

        /// Until endpoints have these names.
        private func named(_ pods: String..., in observed: Observed) async throws {
            try await becomes { pods.allSatisfy { observed.backend.pods[$0] != nil } }
        }

        /// The suite's time limit ends a wait for what never comes.
        private func becomes(_ condition: () throws -> Bool) async throws {
            while try !condition() { try await Task.sleep(for: .milliseconds(5)) }
        }
    }
}

extension LiveLinuxBackend {
    /// The endpoints that are there, by their pods' names.
    fileprivate var pods: [String: EndpointBoard.Row] {
        Dictionary(
            rows.filter { $0.retired == nil }.map { ($0.identity.pod, $0) },
            uniquingKeysWith: { first, _ in first })
    }
}
