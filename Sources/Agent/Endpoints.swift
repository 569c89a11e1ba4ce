import FoundationEssentials
import HTTPTypes
import Hummingbird
import Kubernetes
import Logging
import MetricSchema
import NIOCore
import Observability
import Synchronization

/// What the agent answers over HTTP.
struct Endpoints: Sendable {
    let scrape: Scrape
    let deadline: Duration
    let backend: any Backend
    var contexts = MetricContexts()
    var budget: SeriesBudget
    var access = ServerAccess()
    var reviewer: TokenReviewer?
    let isReady: @Sendable () -> Bool
    let health: CollectorHealth
    let log: Logger

    func router() -> Router<AgentRequestContext> {
        let router = Router(context: AgentRequestContext.self)
        router.add(middleware: AccessControl(access: access, reviewer: reviewer))
        router.get("metrics") { request, _ in await metrics(request) }
        router.get("drops/flows") { _, _ in
            let now = Date.now.timeIntervalSince1970
            return try Response(
                json: backend.recentFlows?.document(at: now)
                    ?? FlowsDocument(time: now, isFollowed: false))
        }
        router.get("healthz") { _, _ in Response(plain: "ok\n") }
        router.get("readyz") { _, _ in
            isReady()
                ? Response(plain: "ok\n")
                : Response(status: .serviceUnavailable, plain: "starting\n")
        }
        router.get("/") { _, _ in Response(html: LandingPage(backend: backend).html) }
        return router
    }

    private func metrics(_ request: Request) async -> Response {
        let outcomes = await scrape.outcomes(deadline: timeout(of: request))
        health.note(outcomes)
        var samples = SampleBuffer(outcomes)
        samples.add(aboutAgent: backend)
        for (verdict, count) in reviewer?.reviews ?? [:] {
            samples.add(count, to: Catalog.tokenReviews, verdict)
        }
        samples = contexts.apply(to: samples, taken: outcomes.map(\.finished).max() ?? .now)
        samples = budget.apply(to: samples)
        let format = Negotiation.format(accept: request.headers[.accept])
        let exposition = Exposition(samples, as: format)
        for metric in exposition.duplicates {
            log.error(
                "series written twice; metric left out", metadata: ["metric": "\(metric.name)"])
        }
        let gzip = Negotiation.takesGzip(acceptEncoding: request.headers[.acceptEncoding])
        var headers = HTTPFields()
        headers[.contentType] = format.contentType
        headers[.vary] = "Accept, Accept-Encoding"
        if gzip { headers[.contentEncoding] = "gzip" }
        return Response(status: .ok, headers: headers, body: ResponseBody(exposition, gzip: gzip))
    }

    /// Ours, or Prometheus' where that is shorter, less a tenth to send the answer in.
    private func timeout(of request: Request) -> Duration {
        guard let name = HTTPField.Name("X-Prometheus-Scrape-Timeout-Seconds"),
            let seconds = request.headers[name].flatMap({ Double($0) }), seconds > 0
        else { return deadline }
        // Compared as numbers: a Duration cannot hold just any Double.
        return seconds * 0.9 < deadline.seconds ? .seconds(seconds * 0.9) : deadline
    }
}

extension SampleBuffer {
    fileprivate mutating func add(aboutAgent backend: any Backend) {
        add(1 as UInt64, to: Catalog.buildInfo, Version(Configuration.version), backend.system)
        for capability in backend.capabilities {
            let available: UInt64 = capability.missing == nil ? 1 : 0
            add(available, to: Catalog.capability, CapabilityName(capability.name))
        }
    }
}

extension Response {
    fileprivate init(status: HTTPResponse.Status = .ok, plain text: String) {
        self.init(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    fileprivate init(json value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.init(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
    }

    fileprivate init(html: String) {
        self.init(
            status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }
}
