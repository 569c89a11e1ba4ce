import MetricSchema
import TestSupport
import Testing

@testable import Observability

/// Who gets what was seen of an address before it had a name.
struct WaitingFlowsTests {
    private let identities = IdentityIndex()
    private let table: FlowTable
    private let start = ContinuousClock.now
    private static let near = Identity(namespace: "shop", pod: "near")
    private static let far = Identity(namespace: "shop", pod: "far", zone: "b")
    private static let next = Identity(namespace: "shop", pod: "next")

    init() {
        table = FlowTable(identities: identities, patience: .seconds(15))
        identities.update(
            endpoints: [Endpoint(number: 1, identity: Self.near, addresses: [Self.address(1)])],
            nodeAddresses: [])
    }

    @Test("packets to an address that gets its name in time are all its owner's, TCP's quality too")
    func named() {
        identities.expect(.anywhere)
        add(10, to: 5, at: 0)
        var quality = TCPFlowQuality()
        quality.resets = 2
        table.add(
            tcp: [TCPFlowDelta(Self.flow(1, to: 5), quality)], now: start)
        #expect(reading(at: 1).flows.isEmpty && reading(at: 1).waiting == 10)
        identities.change(directory: [Self.address(5): Self.far])
        add(4, to: 5, at: 2)
        let after = reading(at: 2)
        #expect(after.flows == ["far": 14] && after.waiting == 0 && after.resets == ["far": 2])
    }

    @Test("without a name in time they are outside, at once from then on, and stay there")
    func unnamed() {
        identities.expect(.anywhere)
        add(10, to: 5, at: 0)
        #expect(reading(at: 14).waiting == 10)
        #expect(reading(at: 15).flows == ["reserved:world": 10])
        add(3, to: 5, at: 16)
        #expect(reading(at: 16).flows == ["reserved:world": 13])
        identities.change(directory: [Self.address(5): Self.far])
        add(1, to: 5, at: 17)
        #expect(reading(at: 17).flows == ["reserved:world": 13, "far": 1])
    }

    @Test("when all pods are known only addresses near named ones wait")
    func neighbours() {
        identities.expect(.anywhere)
        add(1, to: 5, at: 0)
        add(2, to: 9 << 16, at: 0)
        identities.change(directory: [Self.address(7): Self.far])
        identities.expect(.nearOthers)
        add(4, to: 8 << 16, at: 1)
        let after = reading(at: 1)
        #expect(after.flows == ["reserved:world": 6] && after.waiting == 1)
    }

    @Test("where nobody is to get a name, or there is no patience, nothing waits")
    func nobody() {
        add(1, to: 5, at: 0)
        #expect(reading(at: 0).flows == ["reserved:world": 1])
        let hasty = FlowTable(identities: identities)
        identities.expect(.anywhere)
        hasty.add([Self.flow(2, to: 5)], now: start)
        #expect(Reading(hasty, at: start).flows == ["reserved:world": 2])
    }

    @Test("who has an address next gets nothing of what was sent to who had it before")
    func givenUp() {
        identities.expect(.nearOthers)
        identities.change(directory: [Self.address(5): Self.far])
        add(1, to: 5, at: 0)
        identities.change(directory: [Self.address(5): Identity?.none])
        add(2, to: 5, at: 1)
        identities.change(directory: [Self.address(5): Self.next])
        add(4, to: 5, at: 2)
        #expect(reading(at: 2).flows == ["far": 1, "reserved:world": 2, "next": 4])
    }

    @Test("what waited for one owner is not the next one's, however fast they change")
    func changes() {
        identities.expect(.anywhere)
        add(1, to: 5, at: 0)
        identities.change(directory: [Self.address(5): Self.far])
        table.add([], now: start)  // a reading of flows comes before an address changes hands
        identities.change(directory: [Self.address(5): Self.next])
        #expect(reading(at: 1).flows == ["far": 1])
    }

    @Test("a flood of addresses finds no room to wait, and is counted")
    func flood() {
        identities.expect(.anywhere)
        let count = WaitingFlows.mostAddresses + 100
        table.add((0..<count).map { Self.flow(1, to: UInt32($0) + 10) }, now: start)
        let reading = reading(at: 0)
        #expect(reading.flows == ["reserved:world": 100] && reading.hurried == 100)
        #expect(reading.waiting == UInt64(WaitingFlows.mostAddresses))
        #expect(self.reading(at: 15).flows == ["reserved:world": UInt64(count)])
    }

    @Test(
        "whatever gets a name and when, series and what waits are all that was sent, and none goes back",
        arguments: 0..<20 as Range<UInt64>)
    func sums(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var sent: UInt64 = 0
        var before: [String: UInt64] = [:]
        identities.expect(.anywhere)
        for second in 0..<100 {
            if second == 20 { identities.expect(.nearOthers) }
            let flows = (0..<20).map { _ in
                Self.flow(
                    .random(in: 1..<1000, using: &random),
                    to: .random(in: 2..<40, using: &random)
                        << (Bool.random(using: &random) ? 16 : 0)
                )
            }
            sent += flows.reduce(0) { $0 + $1.packets }
            table.add(flows, now: start + .seconds(second))
            let address = Self.address(.random(in: 2..<40, using: &random))
            identities.change(directory: [
                address: [nil, Self.far, Self.next].randomElement(using: &random) ?? nil
            ])
            let reading = reading(at: second)
            #expect(reading.flows.values.reduce(0, +) + reading.waiting == sent)
            for (name, count) in before { #expect(reading.flows[name, default: 0] >= count) }
            before = reading.flows
        }
        #expect(reading(at: 200).waiting == 0)
    }

    // MARK: Pieces

    private static func address(_ number: UInt32) -> IPAddress {
        IPAddress(v4: 10 << 24 + number)
    }

    private static func flow(_ packets: UInt64, to number: UInt32) -> FlowDelta {
        FlowDelta(
            source: address(1), destination: address(number), sourcePort: 1000, destinationPort: 80,
            protocolNumber: 6, direction: .egress, endpoint: 1, packets: packets,
            bytes: packets * 60)
    }

    private func add(_ packets: UInt64, to number: UInt32, at second: Int) {
        table.add([Self.flow(packets, to: number)], now: start + .seconds(second))
    }

    private func reading(at second: Int) -> Reading { Reading(table, at: start + .seconds(second)) }

    /// By the destination's name.
    private struct Reading {
        var flows: [String: UInt64] = [:]
        var resets: [String: UInt64] = [:]
        var waiting: UInt64 = 0
        var hurried: UInt64 = 0

        init(_ table: FlowTable, at now: ContinuousClock.Instant) {
            var samples = SampleBuffer()
            table.write(to: &samples, now: now)
            for family in samples.families {
                for row in family.rows {
                    guard case .count(let count) = row.value else { continue }
                    let name =
                        row.labels.components(between: "destination_pod=\"", and: "\"") ?? ""
                    switch family.descriptor.name {
                    case Catalog.flowPackets.descriptor.name: flows[name, default: 0] += count
                    case Catalog.flowTCPResets.descriptor.name: resets[name, default: 0] += count
                    case Catalog.waitingFlowPackets.descriptor.name: waiting = count
                    case Catalog.hurriedFlowPackets.descriptor.name: hurried = count
                    default: break
                    }
                }
            }
        }
    }
}

extension String {
    fileprivate func components(between start: String, and end: Character) -> String? {
        guard let found = firstRange(of: start) else { return nil }
        return String(self[found.upperBound...].prefix { $0 != end })
    }
}
