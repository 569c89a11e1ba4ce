import MetricSchema
import Observability
import Synchronization
import Testing

@testable import LinuxBackend

/// Rules in endpoints' namespaces: when they are read, and what is counted of them.
struct EndpointNftablesTests {
    /// What is said of the endpoint, number 3; changed in the middle of a test.
    private final class Said: Sendable {
        /// Packets by rule's handle.
        let rules = Mutex<[UInt64: UInt64]>([:])
        let drops = Mutex<[UInt16: UInt64]?>([:])
        let asked = Mutex(0)
    }

    private static let input = NftablesChainKey(family: .inet, table: "mesh", chain: "in")
    private let said = Said()

    private func collector(endpointIsOld: Bool) -> EndpointNftablesCollector {
        let survey = NamespaceSurvey<NftablesReading>(interval: .zero, budget: .seconds(9)) {
            [said] _, _ in
            said.asked.withLock { $0 += 1 }
            var reading = NftablesReading()
            reading.add(NftablesChainRow(key: Self.input, hook: .input))
            for (handle, packets) in said.rules.withLock({ $0 }) {
                reading.add(
                    NftablesRule(
                        chain: Self.input, handle: handle,
                        drop: .init(verdict: .drop, packets: packets)))
            }
            return reading
        }
        let board = EndpointBoard()
        board.replace([.init(number: 3, owner: .namespace("blue"), links: ["pod1"])])
        let collector = EndpointNftablesCollector(board: board, survey: survey) { [said] _ in
            said.drops.withLock { $0 }
        }
        if !endpointIsOld { collector.follow(EndpointPlaces()) }
        collector.follow(places(1))
        return collector
    }

    private func places(_ inode: UInt32) -> EndpointPlaces {
        var places = EndpointPlaces()
        places.namespaces[inode] = .init(endpoint: 3, path: "blue")
        return places
    }

    private func say(_ rules: [UInt64: UInt64], drops: UInt64?) {
        said.rules.withLock { $0 = rules }
        said.drops.withLock { $0 = drops.map { [3: $0] } }
    }

    /// What a scrape says the rules dropped; nil where nothing.
    private func dropped(_ collector: EndpointNftablesCollector) throws -> UInt64? {
        var samples = SampleBuffer()
        try collector.collect(into: &samples)
        let metric = Catalog.podNftablesDrops.descriptor
        guard let row = samples.families.first(where: { $0.descriptor === metric })?.rows.first,
            case .count(let count) = row.value
        else { return nil }
        #expect(row.labels.contains(#"pod="blue""#))
        #expect(row.labels.contains(#"table="mesh",chain="in",hook="input",verdict="drop""#))
        return count
    }

    @Test("a namespace is read once, and again only when something was dropped of its endpoint")
    func rests() throws {
        let collector = collector(endpointIsOld: false)
        say([1: 5], drops: 0)
        for _ in 0..<3 { #expect(try dropped(collector) == 5) }
        #expect(said.asked.withLock { $0 } == 1)
        say([1: 7], drops: 2)
        for _ in 0..<3 { #expect(try dropped(collector) == 7) }
        #expect(said.asked.withLock { $0 } == 2)
        // Where it is not known of all who has lost something, everybody is asked.
        say([1: 9], drops: nil)
        for _ in 0..<3 { #expect(try dropped(collector) == 9) }
        #expect(said.asked.withLock { $0 } == 5)
    }

    @Test("of rules that were there before us only what they drop from now on counts")
    func old() throws {
        let collector = collector(endpointIsOld: true)
        say([1: 5], drops: 0)
        #expect(try dropped(collector) == nil)
        say([1: 8, 2: 4], drops: 7)
        #expect(try dropped(collector) == 7)
    }

    @Test("a namespace made anew goes on from what the old one had, and one that comes again too")
    func anew() throws {
        let collector = collector(endpointIsOld: false)
        say([1: 5], drops: 5)
        #expect(try dropped(collector) == 5)
        collector.follow(places(2))
        say([1: 3], drops: 8)
        #expect(try dropped(collector) == 8)
        collector.follow(EndpointPlaces())
        #expect(try dropped(collector) == 8)
        collector.follow(places(2))
        #expect(try dropped(collector) == 8)
        collector.forget(3)
        collector.follow(EndpointPlaces())
        #expect(try dropped(collector) == nil)
    }

    @Test("however many chains and rules there are, what is kept is bounded and sums are whole")
    func bounded() {
        var reading = NftablesReading(limit: 10)
        for number in 0..<UInt64(30) {
            let key = NftablesChainKey(family: .inet, table: "t", chain: "\(number)")
            reading.add(NftablesChainRow(key: key, hook: .input))
            reading.add(
                NftablesRule(
                    chain: key, handle: number, drop: .init(verdict: .drop, packets: 1)))
        }
        #expect(reading.counted.count == 10 && reading.hooks.count == 10)
        #expect(reading.uncounted.values.reduce(0, +) == 20)
        var ledger = NftablesLedger(isNew: true, limit: 4)
        ledger.note(reading)
        #expect(ledger.totals.count == 5)
        #expect(ledger.totals.values.reduce(0, +) == 10)
        let unnamed = ledger.totals.first { $0.key.chain.table.isEmpty }
        #expect(unnamed?.value == 6 && unnamed?.key.hook == .unknown)
    }
}
