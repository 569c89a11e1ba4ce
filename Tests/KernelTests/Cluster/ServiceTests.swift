import Kubernetes
import LinuxBackend
import MetricSchema
import Observability
import Testing

extension KernelTier {
    /// Known connections to a service's address, which a router translates, and to endpoints of another.
    @Suite(.timeLimit(.minutes(2)))
    struct ServiceTests {
        @Test func `What a pod has of a service is the service's, to the packet`() async throws {
            let cluster = try ClusterLab("k8v", hosts: 3)
            let lab = cluster.lab
            let address = try lab.makeService()
            try lab.serve(2, "tcp-serve", "--port", "7002", "--request", "64", "--reply", "64")
            await cluster.put("cart", at: [lab.address(0)])
            await cluster.put("db", at: [lab.address(2)])
            await cluster.server.put(
                "/api/v1/services", "front",
                #"{"metadata":{"name":"front","namespace":"shop","uid":"f"},"spec":{"clusterIPs":["\#(address)"]}}"#
            )
            await cluster.server.put(
                "/apis/discovery.k8s.io/v1/endpointslices", "back-1",
                #"{"metadata":{"name":"back-1","namespace":"shop","uid":"b","labels":{"kubernetes.io/service-name":"back"}},"endpoints":[{"addresses":["\#(lab.address(2))"],"zone":"eu-1b","hints":{"forZones":[{"name":"eu-1b"}]}}],"ports":[{"port":7002},{"port":7009}]}"#
            )
            await cluster.put(node: "n1", at: [], zone: "eu-1a")
            try await cluster.server.serve { url in
                try await cluster.during(url) { observed, follower in
                    while !follower.health.allSatisfy(\.state.isComplete)
                        || !observed.backend.rows.contains(where: { $0.identity.pod == "cart" })
                    {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    let before = try Link(lab)
                    try churn(50, to: address, 80, lab)
                    try await closed(50, observed)
                    let front = try Link(lab)
                    try churn(10, to: lab.address(2), 7002, lab)
                    try await closed(60, observed)
                    let back = try Link(lab)
                    // Nobody listens there.
                    try lab.inside(
                        0, "bash", "-c",
                        "for i in 1 2 3; do : >/dev/tcp/\(lab.address(2))/7009; done 2>/dev/null; true"
                    )
                    let end = try Link(lab)
                    let reading = try observed.scrape()
                    func service(
                        _ metric: MetricDescriptor, _ name: String, _ more: String = "service="
                    )
                        -> UInt64
                    {
                        reading.sum(metric, "namespace=\"shop\"", "service=\"\(name)\"", more)
                    }
                    let packets = Catalog.servicePackets.descriptor
                    #expect(service(packets, "front", "egress") == front.sent - before.sent)
                    #expect(service(packets, "front", "ingress") == front.got - before.got)
                    #expect(service(packets, "back", "egress") == end.sent - front.sent)
                    #expect(service(packets, "back", "ingress") == end.got - front.got)
                    #expect(end.sent - back.sent == 3 && end.got - back.got == 3)
                    #expect(service(Catalog.serviceConnections.descriptor, "front") == 50)
                    #expect(service(Catalog.serviceConnections.descriptor, "back") == 10)
                    #expect(service(Catalog.serviceFailures.descriptor, "front") == 0)
                    #expect(service(Catalog.serviceFailures.descriptor, "back") == 3)
                    #expect(service(Catalog.serviceFailures.descriptor, "back", "refused") == 3)
                    let latencies = reading.histogram(
                        Catalog.serviceConnectSeconds.descriptor, ["service=\"front\""])
                    #expect(latencies.count == 50 && latencies.nanoseconds > 0)
                    for way in ["egress", "ingress"] {
                        let bytes = service(Catalog.serviceBytes.descriptor, "back", way)
                        let zones = Catalog.serviceZoneBytes.descriptor
                        #expect(bytes > 0 && service(zones, "back", way) == bytes)
                        #expect(
                            reading.sum(
                                zones, "\"back\"",
                                way == "egress"
                                    ? #"source_zone="eu-1a",destination_zone="eu-1b",hints="missed""#
                                    : #"source_zone="eu-1b",destination_zone="eu-1a",hints="missed""#
                            ) == bytes)
                    }
                    #expect(reading.sum(Catalog.serviceLost.descriptor) == 0)
                    #expect(reading.sum(Catalog.serviceAmbiguous.descriptor) == 0)
                }
            }
        }

        @Test
        func
            `What was sent to a service's address before it was known is the service's, to the packet`()
            async throws
        {
            var cluster = try ClusterLab("k8x", hosts: 1)
            cluster.settings.namingPatience = 120
            let lab = cluster.lab
            await cluster.put("cart", at: [lab.address(0)])
            let address = "10.96.7.7"
            try lab.inside(0, "ip", "route", "add", "default", "dev", "eth0")
            try lab.inside(
                0, "ip", "neigh", "replace", address, "lladdr", "02:77:00:00:00:99", "dev", "eth0",
                "nud", "permanent")
            func send(_ count: Int) throws {
                try lab.traffic(
                    0, "udp-send", "--to", address, "--port", "9000", "--count", "\(count)")
            }
            let packets = Catalog.servicePackets.descriptor
            let url = try await cluster.server.freeURL()
            let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
            try await cluster.during(url) { observed, follower in
                try send(100)
                #expect(try observed.scrape().rows(packets).isEmpty)
                await cluster.server.put(
                    "/api/v1/services", "late",
                    #"{"metadata":{"name":"late","namespace":"shop","uid":"l"},"spec":{"clusterIPs":["\#(address)"]}}"#
                )
                try await cluster.server.serve(port: port) { _ in
                    while try observed.scrape().rows(packets).isEmpty {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                    #expect(try observed.scrape().sum(packets, "\"late\"", "egress") == 100)
                    try send(7)
                    #expect(try observed.scrape().sum(packets, "\"late\"", "egress") == 107)
                    // What was counted until the service went is its own.
                    let before = follower.naming.directory.sizes["services"]
                    try send(5)
                    await cluster.server.delete("/api/v1/services", "late")
                    while follower.naming.directory.sizes["services"] == before {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                    #expect(try observed.scrape().sum(packets, "\"late\"", "egress") == 112)
                }
            }
        }

        // MARK: Pieces

        /// What the client's link has carried.
        private struct Link {
            let sent: UInt64
            let got: UInt64

            init(_ lab: Lab) throws {
                sent = try lab.counter(0, "rx_packets")
                got = try lab.counter(0, "tx_packets")
            }
        }

        private func churn(_ count: Int, to address: String, _ port: Int, _ lab: Lab) throws {
            try lab.traffic(
                0, "tcp-churn", "--to", address, "--port", "\(port)", "--count", "\(count)")
        }

        /// Until the client's sockets have seen the last packets of so many connections.
        private func closed(_ count: UInt64, _ observed: Observed) async throws {
            while try observed.scrape().sum(
                Catalog.podTCPClosed.descriptor, "pod=\"cart\"") < count
            {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }
}
