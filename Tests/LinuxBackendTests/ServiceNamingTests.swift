import LinuxBackend
import MetricSchema
import Observability
import Synchronization
import TestSupport
import Testing

/// Which service gets what was seen before it was known, after it was gone, and from which zone to which.
struct ServiceNamingTests {
    private let index = ServiceIndex()
    private let identities = IdentityIndex()
    private let translations = TranslationTable(capacity: 100)
    private let start = ContinuousClock.now

    init() {
        identities.update(
            endpoints: [Endpoint(number: 3, identity: Identity(pod: "cart"), addresses: [])],
            nodeAddresses: [])
        index.expect(.anywhere)
    }

    private func ledger(zone: String = "") -> ServiceLedger {
        ServiceLedger(
            services: index, identities: identities, translations: translations,
            patience: .seconds(15), zone: { zone }
        ) {
            []
        } lost: {
            0
        }
    }

    @Test("packets to an address that turns out to be a service's in time are the service's")
    func late() throws {
        let ledger = ledger()
        add(7, to: 5, ledger, at: 0)
        add(2, to: 6, ledger, at: 0)
        #expect(try packets(ledger, at: 1).isEmpty)
        name(5, "web")
        add(3, to: 5, ledger, at: 14)
        #expect(try packets(ledger, at: 14) == ["web egress": 10])
        // The other one has waited long enough.
        _ = try packets(ledger, at: 15)
        name(6, "db")
        add(1, to: 6, ledger, at: 16)
        #expect(try packets(ledger, at: 16) == ["web egress": 10, "db egress": 1])
    }

    @Test("connections wait as packets do")
    func connections() throws {
        let taken = Mutex([
            ConnectOutcome(
                server: .init(address: Self.address(5), port: 80), kind: .established(place: 4),
                connections: 3, nanoseconds: 90),
            ConnectOutcome(
                server: .init(address: Self.address(5), port: 80), kind: .failed(.refused),
                connections: 2),
        ])
        let ledger = ServiceLedger(
            services: index, identities: identities, patience: .seconds(15)
        ) {
            taken.withLock { held in
                defer { held = [] }
                return held
            }
        } lost: {
            0
        }
        try ledger.bringUpToDate(nil, now: start)
        name(5, "web")
        try ledger.bringUpToDate(nil, now: start + .seconds(2))
        let connections = try rows(ledger, Catalog.serviceConnections.descriptor, at: 2)
        #expect(connections == [#"namespace="shop",service="web" count(3)"#])
        let failures = try rows(ledger, Catalog.serviceFailures.descriptor, at: 2)
        #expect(failures == [#"namespace="shop",service="web",reason="refused" count(2)"#])
        #expect(try rows(ledger, Catalog.serviceConnectSeconds.descriptor, at: 2).count == 1)
    }

    @Test("once services are known an endpoint gets nothing of the time before it was one")
    func endpoints() throws {
        name(5, "web")
        index.expect(.nearOthers)
        let ledger = ledger()
        add(4, to: 9 << 16, ledger, at: 0)
        add(4, to: 6, ledger, at: 0)
        let backend = ServiceIndex.Endpoint(address: Self.address(9 << 16), port: 80)
        index.change(Self.label("web"), endpoints: [], to: [backend])
        name(6, "db")
        add(1, to: 9 << 16, ledger, at: 1)
        #expect(try packets(ledger, at: 1) == ["web egress": 1, "db egress": 4])
    }

    @Test("what was counted until a service gave an address up is read first, and is its own")
    func departure() throws {
        let ledger = ledger()
        name(5, "web")
        let unread = Reading(ledger, [flow(8, to: 5)])
        index.change(Self.label("web"), addresses: [Self.address(5)], to: [])
        index.change(Self.label("next"), addresses: [], to: [Self.address(5)])
        try ledger.bringUpToDate(unread, now: start)
        add(2, to: 5, ledger, at: 1)
        #expect(try packets(ledger, at: 1) == ["web egress": 8, "next egress": 2])
    }

    @Test("a flood of servers finds no room to wait, and is counted")
    func flood() throws {
        let ledger = ledger()
        let flows = (0..<9_000).map { flow(1, to: UInt32($0) + 10) }
        ledger.add(flows, now: start)
        #expect(
            try rows(ledger, Catalog.serviceHurried.descriptor, at: 0) == [" count(808)"])
        #expect(try packets(ledger, at: 0).isEmpty)
    }

    @Test("bytes of a service are told by zones, through translation, and whether hints were kept")
    func zones() throws {
        let ledger = ledger(zone: "a")
        name(5, "web")
        index.change(
            Self.label("web"), endpoints: [],
            to: [
                .init(
                    address: Self.address(101), port: 8080, place: .shared(zone: "a", hints: ["a"])),
                .init(
                    address: Self.address(102), port: 8080,
                    place: .shared(zone: "b", hints: ["b", "c"])),
                .init(address: Self.address(103), port: 8080, place: .shared(zone: "b")),
                .init(address: Self.address(104), port: 8080),
            ])
        identities.change(directory: [
            Self.address(104): Identity(namespace: "shop", pod: "web-4", zone: "c")
        ])
        translations.remember([
            Translation(
                protocolNumber: 6, local: IPAddress(v4: 0x0a00_0001), localPort: 40_000,
                apparent: Self.address(5), apparentPort: 80, real: Self.address(102))
        ])
        var flows = [101, 102, 103, 104].map { (host: UInt32) in
            ServiceSamples.flow(
                .egress, peer: Self.address(host), port: 8080, packets: UInt64(host))
        }
        flows.append(flow(1, to: 5))
        flows.append(
            ServiceSamples.flow(.ingress, peer: Self.address(103), port: 8080, packets: 9))
        ledger.add(flows, now: start)
        func row(_ zones: String, _ hints: String, _ way: String, _ packets: Int) -> String {
            let ends = zones.split(separator: " ")
            return
                #"namespace="shop",service="web",source_zone="\#(ends[0])",destination_zone="\#(ends[1])",hints="\#(hints)",direction="\#(way)" count(\#(packets * 50))"#
        }
        #expect(
            try rows(ledger, Catalog.serviceZoneBytes.descriptor, at: 0)
                == [
                    row("a a", "kept", "egress", 101), row("a b", "missed", "egress", 103),
                    row("a b", "none", "egress", 103), row("a c", "none", "egress", 104),
                    row("b a", "none", "ingress", 9),
                ].sorted())
    }

    @Test(
        "whatever is named when, each service has exactly what was sent to its addresses",
        arguments: 0..<20 as Range<UInt64>)
    func sums(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let ledger = ledger()
        let count = 12
        // Each address is its service's from the beginning; that is heard of up to 14 seconds after its first packet.
        let heard = (0..<count).map { _ in Int.random(in: 0...14, using: &random) }
        let isEndpoint = (0..<count).map { _ in Bool.random(using: &random) }
        var first = [Int?](repeating: nil, count: count)
        var named: Set<Int> = []
        var sent: [String: UInt64] = [:]
        for second in 0..<60 {
            for place in 0..<count {
                guard let since = first[place], second - since >= heard[place],
                    named.insert(place).inserted
                else { continue }
                let (label, address) = (Self.label("s\(place)"), Self.address(UInt32(place) + 5))
                if isEndpoint[place] {
                    index.change(label, endpoints: [], to: [.init(address: address, port: 80)])
                } else {
                    index.change(label, addresses: [], to: [address])
                }
            }
            let flows = (0..<Int.random(in: 0..<8, using: &random)).map { _ in
                let place = Int.random(in: 0..<count, using: &random)
                let direction: Direction = Bool.random(using: &random) ? .egress : .ingress
                let packets = UInt64.random(in: 1..<100, using: &random)
                first[place] = first[place] ?? second
                sent["s\(place) \(direction)", default: 0] += packets
                return ServiceSamples.flow(
                    direction, peer: Self.address(UInt32(place) + 5), port: 80, packets: packets)
            }
            ledger.add(flows, now: start + .seconds(second))
            if second % 7 == 0 { _ = try packets(ledger, at: second) }
        }
        #expect(named.count == first.compactMap { $0 }.count)
        #expect(try packets(ledger, at: 60) == sent)
    }

    // MARK: Pieces

    /// Flows that are still to be read.
    private final class Reading: FlowSource {
        private let ledger: ServiceLedger
        private let flows: [FlowDelta]

        init(_ ledger: ServiceLedger, _ flows: [FlowDelta]) {
            self.ledger = ledger
            self.flows = flows
        }

        func bringUpToDate() { ledger.add(flows) }
    }

    private static func address(_ number: UInt32) -> IPAddress {
        IPAddress(v4: 10 << 24 + number)
    }

    private static func label(_ name: String) -> ServiceLabel {
        ServiceLabel(namespace: "shop", name: name)
    }

    private func name(_ number: UInt32, _ service: String) {
        index.change(Self.label(service), addresses: [], to: [Self.address(number)])
    }

    private func flow(_ packets: UInt64, to number: UInt32) -> FlowDelta {
        ServiceSamples.flow(.egress, peer: Self.address(number), port: 80, packets: packets)
    }

    private func add(
        _ packets: UInt64, to number: UInt32, _ ledger: ServiceLedger, at second: Int
    ) {
        ledger.add([flow(packets, to: number)], now: start + .seconds(second))
    }

    private func rows(
        _ ledger: ServiceLedger, _ metric: MetricDescriptor, at second: Int
    ) throws -> [String] {
        var samples = SampleBuffer()
        try ledger.write(to: &samples, now: start + .seconds(second))
        let family = samples.families.first { $0.descriptor === metric }
        return (family?.rows ?? []).map { "\($0.labels) \($0.value)" }.sorted()
    }

    private func packets(_ ledger: ServiceLedger, at second: Int) throws -> [String: UInt64] {
        var found: [String: UInt64] = [:]
        var samples = SampleBuffer()
        try ledger.write(to: &samples, now: start + .seconds(second))
        for family in samples.families where family.descriptor === Catalog.servicePackets.descriptor
        {
            for row in family.rows {
                let words = row.labels.split(separator: "\"").map(String.init)
                if case .count(let count) = row.value { found["\(words[3]) \(words[5])"] = count }
            }
        }
        return found
    }
}
