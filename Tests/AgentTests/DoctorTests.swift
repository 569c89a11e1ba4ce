import Foundation
import Kubernetes
import Observability
import TestAPIServer
import Testing

@testable import Agent

@Suite(.timeLimit(.minutes(1)))
struct DoctorTests {
    @Test("a capability that is there is well; what is missing is said with what is absent for it")
    func capabilities() {
        #expect(Finding.of(Capability("tcx links")) == .ok("tcx links", "available"))
        let missing = Finding.of(
            Capability(
                "DNS counting", missing: "CAP_BPF", absentMetrics: ["a", "b", "c", "d"]))
        #expect(missing.level == .warn)
        #expect(missing.found == "not available: CAP_BPF")
        #expect(missing.meaning == "4 metrics are absent: a, b, c and others.")
        #expect(missing.advice?.contains("fovea_capability_available") == true)
    }

    @Test(
        "an agent that cannot count packets or drops fails",
        arguments: ["packet counting", "drop counting"])
    func essential(_ name: String) {
        #expect(Finding.of(Capability(name, missing: "CAP_BPF")).level == .fail)
    }

    @Test("a diagnosis fails by its failures only, and its text has everything")
    func text() {
        let findings: [Finding] = [
            .ok("kernel", "6.12.0"),
            .warn("CAP_SYSLOG", "not held", meaning: "No functions.", advice: "Add it."),
        ]
        #expect(!Diagnosis(findings).hasFailures)
        let whole = Diagnosis(
            findings + [.fail("uplink eth9", "none", meaning: "Nothing.", advice: "Correct it.")])
        #expect(whole.hasFailures)
        #expect(
            whole.text == """
                ok    kernel       6.12.0
                WARN  CAP_SYSLOG   not held
                                   No functions.
                                   => Add it.
                FAIL  uplink eth9  none
                                   Nothing.
                                   => Correct it.

                1 ok, 1 warn, 1 fail

                """)
    }

    @Test("an API server that lets the agent list is well, and what it refuses is named")
    func cluster() async throws {
        let server = FakeAPIServer()
        await server.set { $0.forbidden = ["/api/v1/services"] }
        try await server.serve { url in
            let findings = await Finding.ofCluster(ClusterAccess(server: url))
            let byCheck = Dictionary(
                findings.map { ($0.check, $0) }, uniquingKeysWith: { first, _ in first })
            #expect(byCheck["API server"]?.level == .ok)
            // How it is, the clock test says: a server that got no time to write a new date has an old one.
            #expect(byCheck["clock"] != nil)
            #expect(byCheck["list pods"]?.level == .ok)
            #expect(byCheck["list services"]?.level == .warn)
            #expect(byCheck["list services"]?.found.contains("Forbidden") == true)
            #expect(byCheck["list services"]?.advice?.contains("ClusterRole") == true)
            #expect(findings.count == 2 + ClusterFollower.resources.count)
            let late = await Finding.ofCluster(ClusterAccess(server: url)) {
                Date(timeIntervalSinceNow: 100)
            }
            let clock = try #require(late.first { $0.check == "clock" })
            #expect(clock.level == .warn)
            #expect(clock.found.hasSuffix("s ahead of the API server"))
        }
    }

    @Test("a server's date may be from any time between question and answer, and 3 s off")
    func clock() {
        func clock(_ server: Int) -> Finding {
            .clock(
                server: server, asked: Date(timeIntervalSince1970: 1_000),
                answered: Date(timeIntervalSince1970: 1_060))
        }
        #expect([997, 1_000, 1_030, 1_063].allSatisfy { clock($0).level == .ok })
        #expect(clock(996).found == "4 s ahead of the API server")
        #expect(clock(1_064).found == "4 s behind the API server")
    }

    @Test("without a cluster that is said, and a kubeconfig that cannot be read fails")
    func configured() async throws {
        var configuration = Configuration()
        configuration.kubernetes.enabled = .off
        let log = LogRecorder().log
        let off = await Doctor(configuration, log: log).diagnosis()
        #expect(off.findings.last?.check == "API server")
        #expect(off.findings.last?.level == .ok)
        #expect(off.findings.last?.found.hasPrefix("not configured") == true)
        configuration.kubernetes.enabled = .on
        configuration.kubernetes.kubeconfig = "/nonexistent/kubeconfig"
        let broken = await Doctor(configuration, log: log).diagnosis()
        #expect(broken.findings.last?.level == .fail)
        #expect(broken.findings.last?.found.contains("/nonexistent/kubeconfig") == true)
    }

    @Test("an API server that is not there fails")
    func unreachable() async throws {
        let url = try await FakeAPIServer().freeURL()
        let findings = await Finding.ofCluster(ClusterAccess(server: url))
        #expect(findings.map(\.level) == [.fail])
        #expect(findings.map(\.check) == ["API server"])
    }

    @Test(
        "dates of HTTP are read to the second",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000),
            ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200), ("Sun, 06 Nov 1994 08:49:37", nil),
            ("Sun, 06 Foo 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 25:49:37 GMT", nil),
        ] as [(String, Int?)])
    func dates(_ text: String, _ seconds: Int?) {
        #expect(ServerDate.seconds(text) == seconds)
    }
}

#if os(Linux)
    import LinuxBackend

    struct NodeFindingsTests {
        private static var healthy: NodeFacts {
            var facts = NodeFacts()
            facts.kernel = "6.12.3-amd64"
            facts.describesItsTypes = true
            facts.capabilities = ["BPF", "PERFMON", "NET_ADMIN", "SYSLOG", "SYS_ADMIN"]
            facts.folders = [.init(path: "/run/netns", namespaces: 12)]
            facts.uplinks = ["eth0"]
            facts.endpointLinks = 12
            facts.connections = .init(entries: 100, limit: 1_000)
            facts.clockIsKept = true
            return facts
        }

        private static func levels(
            _ change: (inout NodeFacts) -> Void
        ) -> [String: Finding.Level] {
            var facts = healthy
            change(&facts)
            return Dictionary(
                Finding.of(facts).filter { $0.level != .ok }.map { ($0.check, $0.level) },
                uniquingKeysWith: { first, _ in first })
        }

        @Test("a node that has everything has nothing to say but that")
        func healthy() {
            #expect(Self.levels { _ in } == [:])
        }

        @Test("each thing that is missing is one finding, and no other")
        func missing() {
            #expect(Self.levels { $0.kernel = "5.4.0" } == ["kernel": .fail])
            #expect(Self.levels { $0.kernel = "5.10.0-30" } == ["kernel": .warn])
            #expect(Self.levels { $0.kernel = "x" } == ["kernel": .warn])
            #expect(
                Self.levels { $0.describesItsTypes = false } == ["kernel types (BTF)": .fail])
            #expect(
                Self.levels { $0.capabilities.remove("SYSLOG") } == ["CAP_SYSLOG": .warn])
            #expect(Self.levels { $0.uplinks = [] } == ["uplinks": .warn])
            #expect(Self.levels { $0.missingUplinks = ["eth9"] } == ["uplink eth9": .fail])
            #expect(
                Self.levels { $0.folders = [.init(path: "/run/netns", namespaces: nil)] }
                    == ["network namespaces": .warn])
            #expect(
                Self.levels { $0.connections = .init(entries: 950, limit: 1_000) }
                    == ["connection table": .warn])
            #expect(Self.levels { $0.connections = nil } == [:])
            #expect(Self.levels { $0.clockIsKept = false } == ["time server": .warn])
            #expect(Self.levels { $0.clockIsKept = nil } == ["time server": .warn])
            #expect(
                Self.levels { $0.interfaceProblem = "netlink: EPERM" } == ["interfaces": .fail])
        }

        @Test("each thing has a finding of its own, and what is not well is explained")
        func complete() {
            let checks = Finding.of(Self.healthy).map(\.check)
            #expect(
                checks == [
                    "kernel", "kernel types (BTF)", "CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN",
                    "CAP_SYSLOG", "CAP_SYS_ADMIN", "uplinks", "endpoints", "/run/netns",
                    "connection table", "time server",
                ])
            let findings = Finding.of(NodeFacts())
            #expect(findings.contains { $0.level == .fail })
            for finding in findings where finding.level != .ok {
                #expect(finding.meaning?.hasSuffix(".") == true, "\(finding)")
                #expect(finding.advice?.hasSuffix(".") == true, "\(finding)")
            }
        }

        @Test("another agent is one that holds the lock, and a lock that cannot be read is said")
        func another() throws {
            let folder = FileManager.default.temporaryDirectory
                .appending(path: "fovea-doctor-\(UUID().uuidString)").path()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            #expect(Finding.anotherAgent(folder) == .ok("another agent", "none"))
            let lock = try #require(try AgentLock(folder: folder, log: LogRecorder().log))
            #expect(Finding.anotherAgent(folder).level == .ok)
            #expect(Finding.anotherAgent(folder).found.hasPrefix("process \(getpid()) counts"))
            lock.release()
            #expect(Finding.anotherAgent(folder).found == "none")
            try "".write(toFile: "\(folder)/file", atomically: false, encoding: .utf8)
            let unreadable = Finding.anotherAgent("\(folder)/file")
            #expect(unreadable.level == .warn)
            #expect(unreadable.found.contains("Not a directory"))
        }

        @Test("SYS_ADMIN stands for BPF and PERFMON, as for the kernel, and for nothing else")
        func admin() {
            #expect(
                Self.levels { $0.capabilities = ["SYS_ADMIN"] } == [
                    "CAP_NET_ADMIN": .warn, "CAP_SYSLOG": .warn,
                ])
        }

        @Test("capabilities are read by the kernel's numbers")
        func bits() {
            #expect(
                NodeFacts.capabilities(effective: 1 << 12 | 1 << 39 | 1) == ["NET_ADMIN", "BPF"])
            #expect(NodeFacts.capabilities(effective: .max).count == 5)
        }

        @Test("this node can be looked at by anybody")
        func live() {
            let facts = NodeFacts.live(LinuxSettings())
            #expect(facts.interfaceProblem == nil)
            #expect(!facts.kernel.isEmpty)
            #expect(facts.folders.map(\.path) == LinuxSettings().namespaceFolders)
        }
    }
#endif
