import LinuxBackend
import MetricSchema
import Observability
import Testing

extension KernelTier {
    /// Other nodes, as an API server says that they come and go, and known connections to them.
    @Suite(.timeLimit(.minutes(2)))
    struct OtherNodesTests {
        @Test
        func `Latencies are a node's by its name, and of its address's next owner from then on`()
            async throws
        {
            let cluster = try ClusterLab("k8o", hosts: 3)
            let lab = cluster.lab
            var settings = try uplink(lab)
            settings.followedNodes = 3
            for place in lab.hosts.indices {
                try lab.serve(
                    place, "tcp-serve", "--port", "80", "--reply", "64", "--request", "64")
            }
            await cluster.put(node: "n1", at: ["10.77.0.100"])
            await cluster.put(node: "w1", at: [lab.address(0), lab.address6(0)])
            await cluster.put(node: "w2", at: [lab.address(1)])
            try await cluster.server.serve { url in
                try await cluster.during(url, settings) { observed, _ in
                    try await becomes { observed.backend.watchedNodes == ["w1", "w2"] }
                    try connect(10, to: lab.address(0))
                    try connect(5, to: lab.address6(0))
                    try connect(3, to: lab.address(1))
                    try connect(2, to: lab.address(2))
                    var reading = try observed.scrape()
                    #expect(counts(reading) == ["w1": [15, 15], "w2": [3, 3]])
                    #expect(reading.sum(Catalog.peersUnwatched.descriptor) == 0)

                    // Another has its address, and one more finds no place.
                    await cluster.server.delete("/api/v1/nodes", "w1")
                    await cluster.put(node: "w4", at: [lab.address(0)])
                    try await becomes { observed.backend.watchedNodes == ["w2", "w4"] }
                    await cluster.put(node: "w5", at: [lab.address(2)])
                    try await becomes {
                        try observed.scrape().sum(Catalog.peersUnwatched.descriptor) == 1
                    }
                    try connect(7, to: lab.address(0))
                    try connect(1, to: lab.address6(0))
                    try connect(1, to: lab.address(2))
                    reading = try observed.scrape()
                    #expect(counts(reading) == ["w1": [15, 15], "w2": [3, 3], "w4": [7, 7]])

                    // It comes back elsewhere, and goes on.
                    await cluster.server.delete("/api/v1/nodes", "w5")
                    await cluster.put(node: "w1", at: [lab.address(2)], uid: "again")
                    try await becomes { observed.backend.watchedNodes == ["w1", "w2", "w4"] }
                    try connect(4, to: lab.address(2))
                    reading = try observed.scrape()
                    #expect(counts(reading) == ["w1": [19, 19], "w2": [3, 3], "w4": [7, 7]])
                    #expect(reading.sum(Catalog.peersUnwatched.descriptor) == 0)
                }
            }
        }

        @Test func `The cluster's nodes are asked, and one that left is not called unreachable`()
            async throws
        {
            let cluster = try ClusterLab("k8p", hosts: 1)
            let lab = cluster.lab
            var settings = try uplink(lab)
            settings.probePort = 9999  // nobody listens there, which is an answer
            settings.probeInterval = 1
            await cluster.put(node: "n1", at: ["10.77.0.100"])
            await cluster.put(node: "w1", at: [lab.address(0)])
            await cluster.put(node: "w2", at: ["10.77.0.200"])
            try await cluster.server.serve { url in
                try await cluster.during(url, settings) { observed, _ in
                    func reachable() throws -> [String: UInt64] {
                        let rows = try observed.scrape().rows(Catalog.peerReachable.descriptor)
                        return Dictionary(uniqueKeysWithValues: rows.map { ($0.labels, $0.value) })
                    }
                    let both = ["peer_node=\"w1\"": 1, "peer_node=\"w2\"": 0] as [String: UInt64]
                    try await becomes { try reachable() == both }
                    await cluster.server.delete("/api/v1/nodes", "w2")
                    try await becomes { try reachable() == ["peer_node=\"w1\"": 1] }
                }
            }
        }

        // MARK: Pieces

        /// The lab's bridge is the way to other nodes, of both families.
        private func uplink(_ lab: Lab) throws -> LinuxSettings {
            try Lab.run("ip", "addr", "add", "10.77.0.100/24", "dev", lab.bridge)
            try Lab.run("sysctl", "-qw", "net.ipv6.conf.\(lab.bridge).disable_ipv6=0")
            try Lab.run("ip", "addr", "add", "fd77::100/64", "dev", lab.bridge, "nodad")
            var settings = LinuxSettings()
            settings.uplinks = [lab.bridge]
            return settings
        }

        private func connect(_ count: Int, to address: String) throws {
            try Lab.run(
                Lab.trafficPath, "tcp-churn", "--to", address, "--port", "80", "--count",
                "\(count)")
        }

        /// Handshakes and round trips, by node.
        private func counts(_ reading: Reading) -> [String: [UInt64]] {
            let metrics = [Catalog.peerHandshake.descriptor, Catalog.peerRoundTrip.descriptor]
            let labels = Set(metrics.flatMap { reading.rows($0).map(\.labels) })
            return labels.reduce(into: [:]) { counts, label in
                let name = label.split(separator: "\"").last.map(String.init) ?? label
                counts[name] = metrics.map { reading.histogram($0, [label]).count }
            }
        }

        /// The suite's time limit ends a wait for what never comes.
        private func becomes(_ condition: () throws -> Bool) async throws {
            while try !condition() { try await Task.sleep(for: .milliseconds(20)) }
        }
    }
}
