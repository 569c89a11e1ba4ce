import ClusterView
import MetricSchema
import Observability
import TestSupport
import Testing

struct LostFlowsReportTests {
    private static func answer(
        _ node: String, _ document: FlowsDocument?
    ) -> AgentAnswer<FlowsDocument> {
        let agent = "fovea/agent-\(node)"
        return AgentAnswer(
            place: AgentPlace(node: node, agent: agent),
            result: document.map { .success($0) }
                ?? .failure(AgentProblem(node: node, agent: agent, problem: "connection refused")))
    }

    private static func flow(
        _ server: String, _ port: UInt16?, _ protocolNumber: UInt8, _ loss: LostFlow.Loss,
        _ judgement: PolicyJudgement, in namespace: String = "data"
    ) -> LostFlow {
        LostFlow(
            FlowAttempt(
                client: IPAddress("10.0.0.1") ?? .init(v4: 0),
                server: IPAddress(server) ?? .init(v4: 0), protocolNumber: protocolNumber,
                port: port),
            client: Identity(
                namespace: "shop", pod: "web-1", workload: Workload(kind: "Deployment", name: "web")
            ),
            server: Identity(namespace: namespace, pod: "db-0"), lostAt: .client, .egress,
            loss: loss,
            judgement: judgement)
    }

    private static let answers = {
        let (first, second) = (RecentFlows(), RecentFlows(capacity: 1))
        first.note(
            [
                (
                    flow(
                        "10.0.1.2", 5432, 6, .connections(.timedOut),
                        .denied(.server, policies: ["db-in", "default"])), 3
                )
            ], at: 1_000)
        first.note(
            [
                (
                    flow(
                        "10.0.1.2", 53, 17, .packets(reason: "netfilter_drop"), .notDenied(.allowed)
                    ), 12
                )
            ], at: 1_130)
        let icmp = flow(
            "fd00::2", nil, 58, .packets(reason: "tc_egress"), .denied(.client, policies: ["out"]),
            in: "ops")
        second.note([(icmp, 1)], at: 500)
        second.note(
            [(icmp, 1), (flow("10.0.1.3", 1, 6, .connections(.refused), .notDenied(.unknown)), 1)],
            at: 8_000)
        return [
            answer("node1", first.document(at: 1_140)), answer("node2", second.document(at: 8_300)),
            answer("node3", nil), answer("win1", FlowsDocument(time: 5, isFollowed: false)),
        ]
    }()

    @Test("its tables and JSON are as accepted")
    func outputs() throws {
        let report = LostFlowsReport(Self.answers)
        var text = ""
        for format in [OutputFormat.table, .wide, .json] {
            text += "-o \(format)\n"
            text += try format.text(of: report) { report.table(isWide: $0) } + "\n"
        }
        let file = Golden(url: Repository.url("Tests/Fixtures/kubectl/lost-flows.golden"))
        #expect(try file.problem(with: text) == nil)
        #expect(report.notKept == ["win1"] && report.madeRoom == ["node2": 1])
        #expect(!report.isComplete)
    }

    @Test(
        "of one namespace are flows that have an end in it; denied ones are those that policies deny"
    )
    func filters() {
        #expect(LostFlowsReport(Self.answers, namespace: "ops").items.map(\.node) == ["node2"])
        #expect(LostFlowsReport(Self.answers, namespace: "shop").items.count == 3)
        #expect(LostFlowsReport(Self.answers, namespace: "none").items.isEmpty)
        let denied = LostFlowsReport(Self.answers, denied: true)
        #expect(denied.items.map(\.flow.port) == [5432, nil])
        var first = LostFlowsReport(Self.answers)
        first.keep(1)
        #expect(first.items.map(\.secondsAgo) == [10])
    }
}
