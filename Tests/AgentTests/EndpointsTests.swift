import HTTPTypes
import Hummingbird
import HummingbirdTesting
import MetricSchema
import Observability
import Synchronization
import Testing

@testable import Agent

/// What is answered at each path.
struct EndpointsTests {
    @Test(
        "/metrics is written in the format the client asks for",
        arguments: [
            (nil, "text/plain; version=0.0.4; charset=utf-8", false),
            ("*/*", "text/plain; version=0.0.4; charset=utf-8", false),
            (
                "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2",
                "application/openmetrics-text; version=1.0.0; charset=utf-8", true
            ),
        ])
    func formats(_ accept: String?, _ contentType: String, _ isOpenMetrics: Bool) async throws {
        var headers = HTTPFields()
        headers[.accept] = accept
        let response = try await ServedAgent(Self.healthy).get("/metrics", headers)
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == contentType)
        #expect(response.headers[.vary] == "Accept, Accept-Encoding")
        #expect(response.headers[.contentEncoding] == nil)
        #expect(response.text.hasSuffix("# EOF\n") == isOpenMetrics)
        #expect(
            response.lines.contains("fovea_node_forward_packets_total{direction=\"ingress\"} 5"))
    }

    @Test("/metrics says which agent it is and what the system offers")
    func aboutAgent() async throws {
        let backend = FixedBackend(
            system: .windows,
            capabilities: [Capability("tcx"), Capability("btf", missing: "no /sys/kernel/btf")])
        let lines = try await ServedAgent(backend).get("/metrics").lines
        let version = Configuration.version
        #expect(lines.contains("fovea_build_info{version=\"\(version)\",system=\"windows\"} 1"))
        #expect(lines.contains("fovea_capability_available{capability=\"tcx\"} 1"))
        #expect(lines.contains("fovea_capability_available{capability=\"btf\"} 0"))
    }

    @Test("/metrics is gzipped for whom takes it, and is the same text")
    func gzip() async throws {
        let agent = ServedAgent(Self.healthy)
        let plain = try await agent.get("/metrics")
        let packed = try await agent.get("/metrics", [.acceptEncoding: "gzip, deflate"])
        #expect(packed.headers[.contentEncoding] == "gzip")
        #expect(packed.headers[.contentType] == plain.headers[.contentType])
        #expect(packed.bytes.prefix(2) == [0x1f, 0x8b])
        let text = String(decoding: try Gunzip.bytes(of: packed.bytes), as: UTF8.self)
        #expect(Self.timeless(text) == Self.timeless(plain.text))
    }

    @Test("/metrics is not gzipped for whom refuses it", arguments: ["gzip;q=0", "identity", ""])
    func plain(_ encoding: String) async throws {
        let response = try await ServedAgent(Self.healthy)
            .get("/metrics", [.acceptEncoding: encoding])
        #expect(response.headers[.contentEncoding] == nil)
        #expect(response.lines.first?.hasPrefix("# HELP ") == true)
    }

    @Test("an exposition of many chunks arrives whole, gzipped or not")
    func many() async throws {
        let metric = Catalog.serviceBackend
        let count = metric.descriptor.seriesBudget
        let backend = FixedBackend(collectors: [
            FixedCollector("services") { samples in
                let service = ServiceFrontend(address: "10.0.0.1", port: 80, transport: .tcp)
                for number in 0..<count {
                    samples.add(
                        UInt64(number), to: metric, service,
                        ServiceBackend(backend: "pod\(number)", port: 8080))
                }
            }
        ])
        let agent = ServedAgent(backend)
        let plain = try await agent.get("/metrics")
        #expect(plain.lines.count { $0.hasPrefix(metric.descriptor.name + "{") } == count)
        let packed = try await agent.get("/metrics", [.acceptEncoding: "gzip"])
        let text = String(decoding: try Gunzip.bytes(of: packed.bytes), as: UTF8.self)
        #expect(Self.timeless(text) == Self.timeless(plain.text))
    }

    @Test("a collector that fails leaves nothing behind, and the others are there")
    func failing() async throws {
        let backend = FixedBackend(collectors: [Self.packets, FailingCollector()])
        let response = try await ServedAgent(backend).get("/metrics")
        #expect(response.status == .ok)
        #expect(response.lines.contains("fovea_collector_success{collector=\"packets\"} 1"))
        #expect(response.lines.contains("fovea_collector_success{collector=\"failing\"} 0"))
        #expect(
            response.lines.contains("fovea_node_forward_packets_total{direction=\"ingress\"} 5"))
        #expect(!response.text.contains("fovea_node_forward_bytes_total"))
    }

    @Test("a collector that does not answer is not waited for", .timeLimit(.minutes(1)))
    func slow() async throws {
        let hanging = HangingCollector()
        defer { hanging.letGo() }
        let backend = FixedBackend(collectors: [Self.packets, hanging])
        let agent = ServedAgent(backend, deadline: .seconds(2))
        for _ in 0..<2 {
            let response = try await agent.get("/metrics")
            #expect(response.status == .ok)
            #expect(response.lines.contains("fovea_collector_success{collector=\"packets\"} 1"))
            #expect(response.lines.contains("fovea_collector_success{collector=\"hanging\"} 0"))
            #expect(
                response.lines.contains("fovea_node_forward_packets_total{direction=\"ingress\"} 5")
            )
            #expect(!response.text.contains("fovea_node_forward_segments_total"))
        }
    }

    @Test("Prometheus' own timeout, less a tenth, shortens the deadline", .timeLimit(.minutes(1)))
    func prometheusTimeout() async throws {
        let hanging = HangingCollector()
        defer { hanging.letGo() }
        let agent = ServedAgent(FixedBackend(collectors: [hanging]), deadline: .seconds(3600))
        let response = try await agent.get("/metrics", Self.timeout("1"))
        let duration = "fovea_collector_duration_seconds{collector=\"hanging\"} 0.9"
        #expect(response.lines.contains { $0 == duration })
    }

    @Test(
        "a timeout that is no time to wait leaves the deadline as it is",
        arguments: ["", "soon", "0", "-1", "nan", "inf", "1e300", "1e30", "100000"])
    func oddTimeout(_ value: String) async throws {
        let response = try await ServedAgent(Self.healthy).get("/metrics", Self.timeout(value))
        #expect(response.status == .ok)
        #expect(response.lines.contains("fovea_collector_success{collector=\"packets\"} 1"))
    }

    @Test("a metric whose series was written twice is left out and said in the log")
    func duplicates() async throws {
        let recorder = LogRecorder()
        let backend = FixedBackend(collectors: [
            Self.packets,
            FixedCollector("again") { $0.add(6 as UInt64, to: Catalog.nodePackets, .ingress) },
        ])
        let response = try await ServedAgent(backend, log: recorder.log).get("/metrics")
        #expect(!response.text.contains("fovea_node_forward_packets_total"))
        #expect(
            recorder.lines == [
                "error series written twice; metric left out "
                    + "metric=fovea_node_forward_packets_total"
            ])
    }

    @Test(
        "a collector that fails is said once, once for each other reason, and once when it is well")
    func health() async throws {
        let recorder = LogRecorder()
        let scripted = ScriptedCollector([nil, nil, "EPERM", "EPERM", "EIO", nil, nil, "EIO"])
        let agent = ServedAgent(
            FixedBackend(collectors: [Self.packets, scripted]), log: recorder.log)
        for _ in 0..<scripted.count { _ = try await agent.get("/metrics") }
        #expect(
            recorder.lines == [
                "error collector fails; its metrics are absent collector=scripted error=EPERM",
                "error collector fails; its metrics are absent collector=scripted error=EIO",
                "info collector is well again collector=scripted",
                "error collector fails; its metrics are absent collector=scripted error=EIO",
            ])
    }

    @Test("/healthz answers before the agent is ready and after", arguments: [false, true])
    func health(_ isReady: Bool) async throws {
        let response = try await ServedAgent(Self.healthy, isReady: { isReady }).get("/healthz")
        #expect(response.status == .ok)
        #expect(response.text == "ok\n")
        #expect(response.headers[.contentType] == "text/plain; charset=utf-8")
    }

    @Test("/readyz refuses before the agent is ready, and no more after")
    func readiness() async throws {
        let flag = Flag()
        let agent = ServedAgent(Self.healthy, isReady: { flag.isSet })
        let before = try await agent.get("/readyz")
        #expect(before.status == .serviceUnavailable)
        #expect(before.text == "starting\n")
        flag.set()
        let after = try await agent.get("/readyz")
        #expect(after.status == .ok)
        #expect(after.text == "ok\n")
    }

    @Test("/drops/flows is what was lost lately, as JSON")
    func lostFlows() async throws {
        let recent = RecentFlows(capacity: 7)
        let attempt = FlowAttempt(
            client: IPAddress(v4: 0x0a00_0001), server: IPAddress(v4: 0x0a00_0002),
            protocolNumber: 6, port: 5432)
        let flow = LostFlow(
            attempt, client: Identity(namespace: "shop", pod: "web"), server: .world,
            lostAt: .client, .egress, loss: .connections(.timedOut),
            judgement: .denied(.client, policies: ["out"]))
        recent.note([(flow, 3)], at: 1_000.5)
        var backend = Self.healthy
        backend.recentFlows = recent
        let response = try await ServedAgent(backend).get("/drops/flows")
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == "application/json")
        let text = response.text
        #expect(
            text.contains(
                #""flows":[{"client":{"address":"10.0.0.1","name":"web","namespace":"shop"},"count":3,"direction":"egress","firstSeen":1000.5,"lastSeen":1000.5,"lost":"connections","lostAt":"client","policy":{"direction":"egress","isComputed":true,"policies":["out"],"verdict":"denied"},"port":5432,"protocol":"tcp","reason":"timed_out","server":{"address":"10.0.0.2","name":"reserved:world"}}]"#
            ), "\(text)")
        #expect(text.contains(#""isFollowed":true,"madeRoom":0"#))
    }

    @Test("/drops/flows says so where no policies are followed")
    func noFlows() async throws {
        let text = try await ServedAgent(Self.healthy).get("/drops/flows").text
        #expect(text.contains(#""flows":[],"isFollowed":false"#))
    }

    @Test("/ is a page for people")
    func page() async throws {
        let response = try await ServedAgent(Self.healthy).get("/")
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == "text/html; charset=utf-8")
        #expect(response.text == LandingPage(backend: Self.healthy).html)
    }

    @Test(
        "anything else is not found",
        arguments: ["/metric", "/metrics/all", "/favicon.ico", "/-/reload"])
    func notFound(_ path: String) async throws {
        #expect(try await ServedAgent(Self.healthy).get(path).status == .notFound)
    }

    @Test("nothing can be written to", arguments: [HTTPRequest.Method.post, .put, .delete])
    func readOnly(_ method: HTTPRequest.Method) async throws {
        let router = ServedAgent(Self.healthy).endpoints.router()
        try await Application(router: router).test(.router) { client in
            for path in ["/metrics", "/drops/flows", "/healthz", "/readyz", "/"] {
                let response = try await client.execute(uri: path, method: method)
                #expect(response.status.kind == .clientError, "\(path)")
            }
        }
    }

    private static let packets = FixedCollector("packets") {
        $0.add(5 as UInt64, to: Catalog.nodePackets, .ingress)
    }

    private static let healthy = FixedBackend(
        capabilities: [Capability("tcx")], collectors: [packets])

    private static func timeout(_ value: String) -> HTTPFields {
        var headers = HTTPFields()
        if let name = HTTPField.Name("X-Prometheus-Scrape-Timeout-Seconds") {
            headers[name] = value
        }
        return headers
    }

    /// Without the samples that are never the same twice.
    private static func timeless(_ text: String) -> [Substring] {
        text.split(separator: "\n").filter { !$0.hasPrefix("fovea_collector_duration_seconds{") }
    }
}

private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
}
