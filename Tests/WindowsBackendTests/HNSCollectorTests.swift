import TestSupport
import Logging
import MetricSchema
import Observability
import Synchronization
import Testing
import WindowsBackend

@Suite struct HNSCollectorTests {
    @Test(
        "a scrape of a recorded node is the golden, to the letter",
        arguments: ["azure-cni-three-pods", "odd-endpoints"])
    func matchesGolden(_ name: String) async throws {
        let recording = Recording(name)
        let backend = WindowsBackend(recording.transports, log: .silent)
        let outcomes = await Scrape(backend.collectors).outcomes(deadline: .seconds(30))
        let exposition = Exposition(SampleBuffer(outcomes), as: .text)
        #expect(exposition.duplicates.map(\.name) == [])
        let text = exposition.text().split(separator: "\n")
            .filter { !$0.contains(Catalog.collectorDuration.descriptor.name) }
            .map { $0 + "\n" }.joined()
        let golden = Golden(url: recording.folder.appending(path: "metrics.golden"))
        #expect(try golden.problem(with: text) == nil)
    }

    @Test("an endpoint that cannot be read is named, one that is gone is not")
    func namesUnreadable() throws {
        let hns = Recording("odd-endpoints").hns
        let collector = HNSCollector(hns, EndpointReader(hns), log: .silent)
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        #expect(
            collector.unreadable.map { "\($0)" } == [
                "HNSCall(GET /endpoints/[11]): an endpoint's ID is no GUID",
                "HNSCall(GET /endpoints/[12]): an endpoint's ID is no GUID",
                "HNSCall(GET /endpoints/[13]): an endpoint is no object",
                "HNSCall(GET /endpoints/[14]): an endpoint is no object",
                "HNSCall(GET /endpointstats/0DD00002-0000-4000-8000-000000000000): "
                    + "refused: Das Element wurde nicht gefunden. ",
            ])
    }

    @Test("everything it writes is in the catalogue for Windows")
    func writesWhatIsPromised() throws {
        let hns = Recording("azure-cni-three-pods").hns
        var samples = SampleBuffer()
        try HNSCollector(hns, EndpointReader(hns), log: .silent).collect(into: &samples)
        let families = samples.families.map(\.descriptor)
        #expect(families.count == 7)
        #expect(families.allSatisfy { $0.platforms.contains(.windows) })
        let missing = WindowsBackend(.replaying(RecordedNode { _ in nil }), log: .silent)
            .capabilities.filter { $0.name == "hns endpoint counters" }
        #expect(Set(missing.flatMap(\.absentMetrics)) == Set(families.map(\.name)))
    }

    // MARK: Endpoints that come and go

    @Test(
        "totals stay when an endpoint goes; the pod's end after the grace, the node's never"
    )
    func keepsTotals() throws {
        let node = Node()
        node.endpoints = ["one": ("pod", 10), "two": ("pod", 5), "three": ("other", 1)]
        #expect(try node.scrape() == ["pod": 15, "other": 1, "node drops": 16])
        node.endpoints = ["one": ("pod", 11)]
        #expect(try node.scrape() == ["pod": 16, "other": 1, "node drops": 17])
        node.advance(.seconds(299))
        #expect(try node.scrape() == ["pod": 16, "other": 1, "node drops": 17])
        node.advance(.seconds(2))
        #expect(try node.scrape() == ["pod": 16, "node drops": 17])
    }

    @Test("an endpoint that comes back with its counters is not counted twice")
    func countsOnce() throws {
        let node = Node()
        node.endpoints = ["one": ("pod", 10)]
        _ = try node.scrape()
        node.endpoints = [:]
        #expect(try node.scrape() == ["pod": 10, "node drops": 10])
        node.endpoints = ["one": ("pod", 12)]
        #expect(try node.scrape() == ["pod": 12, "node drops": 12])
    }

    @Test("counters that began again go on from where they were")
    func survivesReset() throws {
        let node = Node()
        node.endpoints = ["one": ("pod", 10)]
        _ = try node.scrape()
        node.endpoints = ["one": ("pod", 3)]
        #expect(try node.scrape() == ["pod": 13, "node drops": 13])
    }

    @Test("an endpoint that HNS refuses and then no longer lists is gone, not broken")
    func tellsGoneFromBroken() throws {
        let node = Node()
        node.endpoints = ["one": ("pod", 10), "two": ("gone", 5)]
        node.refused = ["two"]
        node.listsRefused = false
        #expect(try node.scrape() == ["pod": 10, "node drops": 10])
        #expect(node.collector.unreadable == [])
        node.listsRefused = true
        #expect(try node.scrape() == ["pod": 10, "node drops": 10])
        #expect(node.collector.unreadable.count == 1)
    }

    @Test("half of a pod's endpoints make no series: half an answer is a wrong number")
    func leavesOutHalfPods() throws {
        let node = Node()
        node.endpoints = ["one": ("pod", 10), "two": ("pod", 5), "three": ("other", 1)]
        node.refused = ["two"]
        #expect(try node.scrape() == ["other": 1, "node drops": 11])
        node.refused = []
        #expect(try node.scrape() == ["pod": 15, "other": 1, "node drops": 16])
    }

    @Test("with no endpoint readable the scrape fails and says why")
    func failsWhole() throws {
        let node = Node()
        node.endpoints = ["one": ("pod", 10)]
        node.refused = ["one"]
        #expect(throws: HNSError.self) { try node.scrape() }
        node.endpoints = [:]
        #expect(try node.scrape() == ["node drops": 0])
    }

    @Test("what cannot be read is said once, and so is that it can be again")
    func logsChanges() throws {
        let lines = LogLines()
        let node = Node(log: Logger(label: "test") { _ in lines })
        node.endpoints = ["one": ("pod", 10), "two": ("other", 5)]
        _ = try node.scrape()
        #expect(lines.all == [])
        node.refused = ["two"]
        for _ in 0..<3 { _ = try node.scrape() }
        #expect(lines.all == ["warning: HNS endpoints cannot be read"])
        node.refused = []
        for _ in 0..<3 { _ = try node.scrape() }
        #expect(lines.all.last == "info: all HNS endpoints can be read again")
        #expect(lines.all.count == 2)
    }

    @Test("counters near the end of their range do not end the process")
    func survivesGarbage() throws {
        let node = Node()
        node.endpoints = ["one": ("pod", .max), "two": ("pod", 2)]
        #expect(try node.scrape() == ["pod": 1, "node drops": 1])
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// Keeps what is logged.
private final class LogLines: LogHandler {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.level): \(event.message)") }
    }
}

/// An HNS in memory, with a collector and a clock that stands still.
private final class Node: HNSTransport {
    private struct State {
        var endpoints: [String: (name: String, drops: UInt64)] = [:]
        var refused: Set<String> = []
        var listsRefused = true
        var hasRefused = false
        var now = ContinuousClock.now
    }

    private let log: Logger
    private let state = Mutex(State())
    private let collectorOnce = Mutex<HNSCollector?>(nil)

    init(log: Logger = .silent) {
        self.log = log
    }

    /// By one word that stands for the ID; every counter has the value of the drops.
    var endpoints: [String: (name: String, drops: UInt64)] {
        get { state.withLock { $0.endpoints } }
        set { state.withLock { $0.endpoints = newValue } }
    }
    var refused: Set<String> {
        get { state.withLock { $0.refused } }
        set { state.withLock { $0.refused = newValue } }
    }
    /// Whether a refused endpoint is still listed after it was asked for.
    var listsRefused: Bool {
        get { state.withLock { $0.listsRefused } }
        set { state.withLock { $0.listsRefused = newValue } }
    }

    func advance(_ duration: Duration) {
        state.withLock { $0.now += duration }
    }

    var collector: HNSCollector {
        collectorOnce.withLock { collector in
            if let collector { return collector }
            let new = HNSCollector(self, EndpointReader(self), log: log) {
                self.state.withLock { $0.now }
            }
            collector = new
            return new
        }
    }

    /// Drops to each pod, and of the node.
    func scrape() throws -> [String: UInt64] {
        state.withLock { $0.hasRefused = false }
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        var drops: [String: UInt64] = [:]
        for line in Exposition(samples, as: .text).text().split(separator: "\n") {
            let words = line.split(separator: " ")
            guard line.contains("_drop_"), line.contains("ingress"), let value = UInt64(words[1])
            else {
                continue
            }
            let quoted = line.split(separator: "\"")
            drops[line.contains("pod=") ? String(quoted[1]) : "node drops"] = value
        }
        return drops
    }

    func call(_ method: String, _ path: String) throws(HNSError) -> [UInt8] {
        state.withLock { state in
            if path == "/endpoints/" {
                let listed = state.endpoints.filter {
                    !(state.hasRefused && !state.listsRefused && state.refused.contains($0.key))
                }
                let objects = listed.map { word, endpoint in
                    #"{"ID":"\#(Self.id(word))","Name":"\#(endpoint.name)","State":3}"#
                }
                return Array(
                    #"{"Success":true,"Output":[\#(objects.joined(separator: ","))]}"#.utf8)
            }
            let found = state.endpoints.first { path.hasSuffix(Self.id($0.key)) }
            guard let found, !state.refused.contains(found.key) else {
                state.hasRefused = true
                return Array(#"{"Success":false,"Error":"nein"}"#.utf8)
            }
            let drops = found.value.drops
            return Array(#"{"Success":true,"Output":{"DroppedPacketsIncoming":\#(drops)}}"#.utf8)
        }
    }

    private static func id(_ word: String) -> String {
        let digits = word.utf8.map { String($0, radix: 16) }.joined()
        return "00000000-0000-0000-0000-" + String(repeating: "0", count: 12 - digits.count)
            + digits
    }
}
