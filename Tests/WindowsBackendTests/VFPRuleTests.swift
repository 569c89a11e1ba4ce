import MetricSchema
import Observability
import Synchronization
import Testing

@testable import WindowsBackend

/// What VFP's rules count, in totals that never go back.
struct VFPRuleTests {
    private let now = ContinuousClock.now
    private let cart = Identity(namespace: "shop", pod: "cart")

    private func rule(_ name: String, _ matched: UInt64?, _ dropped: UInt64? = 0)
        -> VFPRuleCounters.Rule
    {
        VFPRuleCounters.Rule(
            layer: "ACL", group: "IN", rule: name, matchedPackets: matched,
            droppedPackets: dropped, pendingPackets: 0)
    }

    /// `rule outcome count`; `overflow` for those without a series of their own.
    private func lines(_ ledger: VFPRuleLedger) -> Set<String> {
        var samples = SampleBuffer()
        ledger.write(to: &samples)
        var lines: Set<String> = []
        for row in samples.families.flatMap(\.rows) {
            guard case .count(let count) = row.value else { continue }
            let parts = row.labels.split(separator: "\"")
            let rule =
                row.labels.contains("overflow")
                ? "overflow" : parts[(parts.firstIndex { $0.hasSuffix("rule=") } ?? 0) + 1]
            lines.insert("\(rule) \(parts[parts.count - 1]) \(count)")
        }
        return lines
    }

    @Test("a rule's growth is added; what is made anew begins at nought, and totals never shrink")
    func neverGoesBack() {
        var ledger = VFPRuleLedger(limit: 10)
        ledger.add([rule("a", 10, 3)], of: "e", owner: cart, now: now)
        ledger.add([rule("a", 15, 4)], of: "e", owner: cart, now: now)
        #expect(lines(ledger) == ["a matched 15", "a dropped 4"])
        // The port was enabled again.
        ledger.add([rule("a", 2, 1)], of: "e", owner: cart, now: now)
        #expect(lines(ledger) == ["a matched 17", "a dropped 5"])
        // What cannot be read is made up for; what is replaced keeps what it had.
        ledger.add([rule("a", nil, 1)], of: "e", owner: cart, now: now)
        ledger.add([rule("b", 7)], of: "e", owner: cart, now: now)
        #expect(lines(ledger) == ["a matched 17", "a dropped 5", "b matched 7"])
    }

    @Test("beyond the limit rules share a series: sums stay exact, those that drop go first")
    func folds() {
        var ledger = VFPRuleLedger(limit: 2)
        ledger.add(
            [rule("busy", 1000), rule("idle", 0), rule("block", 5, 5), rule("rare", 1)], of: "e",
            owner: cart, now: now)
        #expect(
            lines(ledger) == [
                "block matched 5", "block dropped 5", "busy matched 1000", "overflow matched 1",
            ])
        ledger.add(
            [rule("busy", 1000), rule("late", 9, 9), rule("block", 6, 6), rule("rare", 3)],
            of: "e", owner: cart, now: now)
        #expect(
            lines(ledger) == [
                "block matched 6", "block dropped 6", "busy matched 1000", "overflow matched 12",
                "overflow dropped 9",
            ])
    }

    @Test("two ports of an owner add up, and a port that changes hands takes its totals along")
    func moves() {
        var ledger = VFPRuleLedger(limit: 10)
        let own = Identity(pod: "1234_flannel")
        ledger.add([rule("a", 1)], of: "e", owner: own, now: now)
        ledger.add([rule("a", 2)], of: "e", owner: cart, now: now)
        ledger.add([rule("a", 5)], of: "f", owner: cart, now: now)
        #expect(lines(ledger) == ["a matched 7"])
    }

    @Test("totals outlive their endpoint for the grace")
    func forgets() {
        var ledger = VFPRuleLedger(limit: 10)
        ledger.add([rule("a", 1)], of: "e", owner: cart, now: now)
        ledger.forget(allBut: [], now: now + SeriesLifetime.grace - .seconds(1))
        #expect(lines(ledger) == ["a matched 1"])
        ledger.forget(allBut: [], now: now + SeriesLifetime.grace)
        #expect(lines(ledger) == [])
    }

    // MARK: The collector

    /// Answers for every port, and notes what was asked.
    private final class Ports: VFPTransport {
        let asked = Mutex<[VFPRequest]>([])
        let rulesFail: Bool

        init(rulesFail: Bool = false) { self.rulesFail = rulesFail }

        func ask(_ request: VFPRequest) throws(WindowsCallError) -> [UInt8] {
            asked.withLock { $0.append(request) }
            switch request {
            case .counters: return Array("Direction - IN\nSYN packets : 1\n".utf8)
            case .ruleCounters where !rulesFail:
                return Array("LAYER : L\nGROUP : G\nRULE : R\nMatched packets : 1\n".utf8)
            default: throw WindowsCallError("vfpctrl", .exit(87, said: "Unknown command"))
            }
        }
    }

    private func scrape(_ ports: Ports, processes: Int, times: Int = 1) throws -> SampleBuffer {
        var settings = WindowsSettings()
        settings.readsVFPRules = true
        settings.vfpProcesses = processes
        let hns = Recording("server2022-calico-30-pods").hns
        let collector = VFPCollector(
            EndpointReader(hns), ports, settings: settings, log: .silent)
        var samples = SampleBuffer()
        for _ in 0..<times {
            samples = SampleBuffer()
            try collector.collect(into: &samples)
        }
        return samples
    }

    private func series(_ metric: MetricDescriptor, in samples: SampleBuffer) -> Int {
        samples.families.first { $0.descriptor === metric }?.rows.count ?? 0
    }

    @Test(
        "rules cost a second process for each port, within the same number",
        arguments: [(1, 1), (7, 3), (10, 5), (64, 30)])
    func staysWithinProcesses(_ processes: Int, _ ports: Int) throws {
        let vfp = Ports()
        let samples = try scrape(vfp, processes: processes)
        #expect(vfp.asked.withLock { $0.count } == 2 * ports)
        #expect(series(Catalog.podRulePackets.descriptor, in: samples) == ports)
    }

    @Test("in as many scrapes as it takes every port's rules are read once")
    func takesTurns() throws {
        let vfp = Ports()
        let samples = try scrape(vfp, processes: 10, times: 6)
        #expect(series(Catalog.podRulePackets.descriptor, in: samples) == 30)
        let asked = vfp.asked.withLock { $0 }
        #expect(asked.count == 60 && Set(asked).count == 60)
    }

    @Test("where vfpctrl does not know rules' counters, the ports' own are there all the same")
    func doesWithoutRules() throws {
        let samples = try scrape(Ports(rulesFail: true), processes: 64)
        #expect(series(Catalog.podTCPFlags.descriptor, in: samples) == 30)
        #expect(series(Catalog.podRulePackets.descriptor, in: samples) == 0)
    }
}
