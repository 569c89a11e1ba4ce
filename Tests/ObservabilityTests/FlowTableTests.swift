import TestSupport
import Dispatch
import MetricSchema
import Observability
import Synchronization
import Testing

struct FlowTableTests {
    private let identities = IdentityIndex()
    private let table: FlowTable
    private static let blue = Identity(namespace: "shop", pod: "blue")
    private static let green = Identity(namespace: "shop", pod: "green")

    init() {
        table = FlowTable(identities: identities)
    }

    @Test("both ends get their names: pods, the node and the world")
    func names() throws {
        identities.update(
            endpoints: [
                Self.endpoint(1, Self.blue, 1), Self.endpoint(2, Self.green, 2),
                Endpoint(number: 3, identity: .node, addresses: []),
            ], nodeAddresses: [IPAddress(v4: 9)])
        table.add([
            Self.flow(from: 1, to: 2, .egress, at: 1, packets: 1),
            Self.flow(from: 1, to: 2, .ingress, at: 2, packets: 2),
            Self.flow(from: 1, to: 9, .egress, at: 1, packets: 3),
            Self.flow(from: 77, to: 1, .ingress, at: 1, packets: 4, transport: 17),
            Self.flow(from: 9, to: 77, .egress, at: 3, packets: 5, transport: 1),
            Self.flow(from: 1, to: 77, .egress, at: 0, packets: 6),
        ])
        #expect(
            try packets() == [
                "shop/blue > shop/green tcp egress": 1, "shop/blue > shop/green tcp ingress": 2,
                "shop/blue > /reserved:node tcp egress": 3,
                "/reserved:world > shop/blue udp ingress": 4,
                "/reserved:node > /reserved:world icmp egress": 5,
            ])
    }

    @Test("the endpoint that saw a flow is its end, whatever address it used")
    func spoofed() throws {
        identities.update(
            endpoints: [Self.endpoint(1, Self.blue, 1), Self.endpoint(2, Self.green, 2)],
            nodeAddresses: [])
        table.add([Self.flow(from: 2, to: 77, .egress, at: 1, packets: 1)])
        #expect(try packets() == ["shop/blue > /reserved:world tcp egress": 1])
    }

    @Test("an address that passes to another pod leaves the old one's packets behind")
    func movedAddress() throws {
        let watcher = Self.endpoint(3, Identity(pod: "watcher"), 3)
        identities.update(endpoints: [watcher, Self.endpoint(1, Self.blue, 5)], nodeAddresses: [])
        table.add([Self.flow(from: 3, to: 5, .egress, at: 3, packets: 10)])
        identities.update(endpoints: [watcher, Self.endpoint(2, Self.green, 5)], nodeAddresses: [])
        table.add([Self.flow(from: 3, to: 5, .egress, at: 3, packets: 1)])
        #expect(
            try packets() == [
                "/watcher > shop/blue tcp egress": 10, "/watcher > shop/green tcp egress": 1,
            ])
    }

    @Test("an endpoint's number that passes to another pod leaves the old one's packets behind")
    func reusedNumber() throws {
        identities.update(endpoints: [Self.endpoint(1, Self.blue, 1)], nodeAddresses: [])
        table.add([Self.flow(from: 1, to: 77, .egress, at: 1, packets: 10)])
        identities.update(endpoints: [Self.endpoint(1, Self.green, 1)], nodeAddresses: [])
        table.add([Self.flow(from: 1, to: 77, .egress, at: 1, packets: 1)])
        #expect(
            try packets() == [
                "shop/blue > /reserved:world tcp egress": 10,
                "shop/green > /reserved:world tcp egress": 1,
            ])
    }

    @Test("what was seen of a pod before it had its name is the pod's, beside what was seen after")
    func provisional() throws {
        let unknown = Identity(pod: "cni-1")
        let watcher = Self.endpoint(3, Identity(pod: "watcher"), 3)
        identities.update(endpoints: [watcher, Self.endpoint(1, unknown, 1)], nodeAddresses: [])
        table.add([
            Self.flow(from: 1, to: 77, .egress, at: 1, packets: 10),
            Self.flow(from: 3, to: 1, .egress, at: 3, packets: 5),
        ])
        #expect(
            try packets() == [
                "/cni-1 > /reserved:world tcp egress": 10, "/watcher > /cni-1 tcp egress": 5,
            ])
        let named = Endpoint(
            number: 1, identity: Self.blue, provisional: unknown, addresses: [IPAddress(v4: 1)])
        identities.update(endpoints: [watcher, named], nodeAddresses: [])
        table.add([
            Self.flow(from: 1, to: 77, .egress, at: 1, packets: 1),
            Self.flow(from: 3, to: 1, .egress, at: 3, packets: 2),
        ])
        #expect(
            try packets() == [
                "shop/blue > /reserved:world tcp egress": 11, "/watcher > shop/blue tcp egress": 7,
            ])
    }

    @Test("a pod's series outlive it for a last scrape")
    func retired() throws {
        identities.update(endpoints: [Self.endpoint(1, Self.blue, 1)], nodeAddresses: [])
        table.add([Self.flow(from: 1, to: 77, .egress, at: 1, packets: 10)])
        identities.update(endpoints: [], nodeAddresses: [])
        #expect(try packets() == ["shop/blue > /reserved:world tcp egress": 10])
    }

    @Test("bytes between zones are those with peers whose zones are known, and do not go back")
    func zones() throws {
        let services = ServiceIndex()
        let table = FlowTable(
            identities: identities, services: services, zone: { "a" })
        let far = Identity(namespace: "shop", pod: "far", zone: "b")
        identities.change(directory: [IPAddress(v4: 5): far])
        identities.update(
            endpoints: [
                Self.endpoint(1, Self.green, 1), Self.endpoint(2, Self.blue, 2),
                Endpoint(number: 3, identity: .node, addresses: []),
            ], nodeAddresses: [IPAddress(v4: 9)])
        // An endpoint whose pod nobody follows.
        services.change(
            ServiceLabel(namespace: "shop", name: "db"), endpoints: [],
            to: [.init(address: IPAddress(v4: 6), port: 5432, place: .shared(zone: "c"))])
        table.add([
            Self.flow(from: 1, to: 5, .egress, at: 1, packets: 10),
            Self.flow(from: 5, to: 1, .ingress, at: 1, packets: 3),
            Self.flow(from: 2, to: 5, .egress, at: 2, packets: 5),
            Self.flow(from: 1, to: 6, .egress, at: 1, packets: 100),
            Self.flow(from: 6, to: 2, .ingress, at: 2, packets: 200),
            Self.flow(from: 1, to: 2, .egress, at: 1, packets: 1000),
            Self.flow(from: 1, to: 2, .ingress, at: 2, packets: 1000),
            Self.flow(from: 1, to: 9, .egress, at: 1, packets: 2000),
            // Nobody knows where that is, and an uplink has what an endpoint had.
            Self.flow(from: 1, to: 77, .egress, at: 1, packets: 4),
            Self.flow(from: 1, to: 5, .egress, at: 3, packets: 10),
        ])
        let expected = [
            "a > b egress": 15, "b > a ingress": 3, "a > c egress": 100, "c > a ingress": 200,
            "a > a egress": 3000, "a > a ingress": 1000,
        ].mapValues { UInt64($0 * 60) }
        #expect(zoneBytes(table, at: .now) == expected)
        identities.change(directory: [IPAddress(v4: 5): Identity?.none])
        #expect(zoneBytes(table, at: .now + SeriesLifetime.grace * 2) == expected)
        #expect(zoneBytes(table, at: .now + SeriesLifetime.grace * 3) == expected)
    }

    @Test("what passed before this node's zone was known is in it, and it stays the first")
    func lateZone() throws {
        let zone = Mutex("")
        let table = FlowTable(identities: identities, zone: { zone.withLock { $0 } })
        identities.change(directory: [
            IPAddress(v4: 5): Identity(namespace: "shop", pod: "far", zone: "b")
        ])
        identities.update(endpoints: [Self.endpoint(1, Self.blue, 1)], nodeAddresses: [])
        table.add([Self.flow(from: 1, to: 5, .egress, at: 1, packets: 10)])
        #expect(zoneBytes(table, at: .now).isEmpty)
        zone.withLock { $0 = "a" }
        #expect(zoneBytes(table, at: .now) == ["a > b egress": 600])
        zone.withLock { $0 = "c" }
        #expect(zoneBytes(table, at: .now) == ["a > b egress": 600])
    }

    @Test("a pod that comes again in another zone goes on with its series, and not with its zone")
    func movedZone() throws {
        let table = FlowTable(identities: identities, zone: { "a" })
        func db(in zone: String) -> Identity {
            Identity(namespace: "shop", pod: "db-0", zone: zone)
        }
        identities.update(endpoints: [Self.endpoint(1, Self.blue, 1)], nodeAddresses: [])
        identities.change(directory: [IPAddress(v4: 5): db(in: "b")])
        table.add([Self.flow(from: 1, to: 5, .egress, at: 1, packets: 10)])
        identities.change(directory: [IPAddress(v4: 5): nil, IPAddress(v4: 6): db(in: "c")])
        table.add([Self.flow(from: 1, to: 6, .egress, at: 1, packets: 1)])
        #expect(try packets(table) == ["shop/blue > shop/db-0 tcp egress": 11])
        #expect(zoneBytes(table, at: .now) == ["a > b egress": 600, "a > c egress": 60])
    }

    @Test("in a range that nodes have for pods nobody is the world; a longer group has its name")
    func podRanges() throws {
        let office = try #require(AddressGroup("office=10.1.2.0/25"))
        let corporation = try #require(AddressGroup("corporation=10.0.0.0/8"))
        let identities = IdentityIndex(groups: [office, corporation])
        let table = FlowTable(identities: identities)
        identities.update(endpoints: [Self.endpoint(1, Self.blue, 1)], nodeAddresses: [])
        let ten: UInt32 = 10 << 24
        identities.change(directory: [
            IPAddress(v4: ten + 0x1_0205): Identity(namespace: "shop", pod: "far")
        ])
        identities.change(podRanges: [try #require(AddressRange("10.1.2.0/24"))])
        for (host, packets) in [(5, 1), (6, 2), (200, 4), (0x100, 8)] as [(UInt32, UInt64)] {
            table.add([
                Self.flow(from: 1, to: ten + 0x1_0200 + host, .egress, at: 1, packets: packets)
            ])
        }
        #expect(
            try packets(table) == [
                "shop/blue > shop/far tcp egress": 1, "shop/blue > /group:office tcp egress": 2,
                "shop/blue > /reserved:cluster tcp egress": 4,
                "shop/blue > /group:corporation tcp egress": 8,
            ])
        // The node is gone, and its range with it.
        identities.change(podRanges: [])
        table.add([Self.flow(from: 1, to: ten + 0x1_0200 + 200, .egress, at: 1, packets: 16)])
        #expect(try packets(table)["shop/blue > /group:corporation tcp egress"] == 24)
    }

    private func zoneBytes(
        _ table: FlowTable, at now: ContinuousClock.Instant
    ) -> [String: UInt64] {
        var samples = SampleBuffer()
        table.write(to: &samples, now: now)
        let family = samples.families.first { $0.descriptor === Catalog.zoneBytes.descriptor }
        var found: [String: UInt64] = [:]
        for row in family?.rows ?? [] {
            let words = row.labels.split(separator: "\"").map(String.init)
            if case .count(let count) = row.value {
                found["\(words[1]) > \(words[3]) \(words[5])"] = count
            }
        }
        return found
    }

    @Test(
        "names change how packets are divided and never how many there are",
        arguments: 0..<20 as Range<UInt64>)
    func sums(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var sent: [Direction: (packets: UInt64, bytes: UInt64)] = [:]
        for _ in 0..<20 {
            let pods = (0..<6).shuffled(using: &random).prefix(.random(in: 0...6, using: &random))
            identities.update(
                endpoints: pods.enumerated().map { place, pod in
                    Self.endpoint(UInt16(place + 1), Identity(pod: "pod\(pod)"), UInt32(place + 1))
                }, nodeAddresses: [IPAddress(v4: 9)])
            let flows = (0..<50).map { _ in
                Self.flow(
                    from: .random(in: 0..<12, using: &random),
                    to: .random(in: 0..<12, using: &random),
                    Bool.random(using: &random) ? .egress : .ingress,
                    at: .random(in: 0..<8, using: &random),
                    packets: .random(in: 0..<1000, using: &random),
                    transport: .random(in: 0 ... .max, using: &random))
            }
            for flow in flows where identities.current.identity(of: flow.endpoint) != nil {
                sent[flow.direction, default: (0, 0)].packets += flow.packets
                sent[flow.direction, default: (0, 0)].bytes += flow.bytes
            }
            table.add(flows)
        }
        let found = try series()
        for direction in Direction.allCases {
            let ours = found.filter { $0.key["direction"] == direction.rawValue }.values
            #expect(ours.map(\.packets).reduce(0, +) == sent[direction]?.packets)
            #expect(ours.map(\.bytes).reduce(0, +) == sent[direction]?.bytes)
        }
    }

    @Test("a scrape may come while pods and flows do")
    func concurrent() throws {
        let stays = Self.endpoint(2, Self.green, 2)
        identities.update(endpoints: [stays], nodeAddresses: [])
        DispatchQueue.concurrentPerform(iterations: 3) { worker in
            for round in 0..<1_000 {
                switch worker {
                case 0:
                    var samples = SampleBuffer()
                    table.write(to: &samples)
                case 1:  // follows endpoints, of which there is one; only it replaces what is known
                    let pod = Identity(pod: "pod-\(round)")
                    identities.update(
                        endpoints: [Self.endpoint(1, pod, 1), stays], nodeAddresses: [])
                    table.add([Self.flow(from: 1, to: 2, .egress, at: 1, packets: 1)])
                default:
                    table.add([Self.flow(from: 1, to: 2, .ingress, at: 2, packets: 1)])
                }
            }
        }
        #expect(try packets().values.reduce(0, +) == 2_000)
    }

    // MARK: What came out

    private func series(
        _ table: FlowTable? = nil
    ) throws -> [[String: String]: (packets: UInt64, bytes: UInt64)] {
        let table = table ?? self.table
        var samples = SampleBuffer()
        table.write(to: &samples)
        let families = try ExpositionParser(Exposition(samples, as: .text).text()).families
        var series: [[String: String]: (packets: UInt64, bytes: UInt64)] = [:]
        for (labels, value) in families["fovea_flow_packets_total"]?.samples ?? [:] {
            let bytes = families["fovea_flow_bytes_total"]?.samples[labels]
            series[labels] = (
                try #require(UInt64(value)), try #require(bytes.flatMap { UInt64($0) })
            )
        }
        return series
    }

    private func packets(_ table: FlowTable? = nil) throws -> [String: UInt64] {
        Dictionary(
            uniqueKeysWithValues: try series(table).map { labels, value in
                func name(_ end: String) -> String {
                    "\(labels["\(end)_namespace"] ?? "")/\(labels["\(end)_pod"] ?? "")"
                }
                let rest = "\(labels["protocol"] ?? "") \(labels["direction"] ?? "")"
                return ("\(name("source")) > \(name("destination")) \(rest)", value.packets)
            })
    }

    private static func endpoint(_ number: UInt16, _ identity: Identity, _ address: UInt32)
        -> Endpoint
    {
        Endpoint(number: number, identity: identity, addresses: [IPAddress(v4: address)])
    }

    private static func flow(
        from source: UInt32, to destination: UInt32, _ direction: Direction, at endpoint: UInt16,
        packets: UInt64, transport: UInt8 = 6
    ) -> FlowDelta {
        FlowDelta(
            source: IPAddress(v4: source), destination: IPAddress(v4: destination),
            sourcePort: 1000,
            destinationPort: 80, protocolNumber: transport, direction: direction,
            endpoint: endpoint,
            packets: packets, bytes: packets * 60)
    }
}
