import MetricSchema
import Testing

@testable import Observability

/// Flows told apart by addresses and ports, where a context asks for them.
struct FlowEndsTests {
    private let identities = IdentityIndex()
    private let contexts = MetricContexts()
    private let table: FlowTable

    init() {
        table = FlowTable(identities: identities, contexts: contexts)
        identities.update(
            endpoints: [Endpoint(number: 1, identity: Identity(pod: "a"), addresses: [Self.a])],
            nodeAddresses: [])
    }

    private static let a = IPAddress(v4: 0x0a00_0001)
    private static let b = IPAddress(v4: 0x0a00_0002)

    @Test("the server's port is told, whichever end it is at, and a client's is not")
    func ports() {
        contexts.use(Self.configuration(source: [.port], destination: [.port]))
        table.add([
            Self.flow(40_000, 443, 1), Self.flow(40_001, 443, 2), Self.flow(0, 443, 4),
            Self.flow(443, 50_000, 8), Self.flow(8, 0, 16, protocolNumber: 1),
        ])
        let rest = #"direction="egress""#
        #expect(
            rows() == [
                #"destination_port="443",protocol="tcp",\#(rest)"#: 7,
                #"source_port="443",protocol="tcp",\#(rest)"#: 8,
                #"protocol="icmp",\#(rest)"#: 16,
            ])
    }

    @Test(
        "addresses are told, of who is really there; other metrics of flows are not told apart by them"
    )
    func addresses() {
        contexts.use(Self.configuration(source: [.pod, .ip], destination: [.ip]))
        table.add([Self.flow(1, 2, 1), Self.flow(3, 4, 2)])
        var samples = SampleBuffer()
        table.write(to: &samples)
        let held = contexts.apply(to: samples)
        #expect(
            Self.rows(held, Catalog.flowPackets.descriptor) == [
                #"source_pod="a",source_ip="10.0.0.1",destination_ip="10.0.0.2",protocol="tcp",direction="egress""#:
                    3
            ])
        #expect(
            Self.rows(held, Catalog.flowBytes.descriptor) == [
                #"source_pod="a",destination_pod="reserved:world",protocol="tcp",direction="egress""#:
                    180
            ])
    }

    @Test("a flow that is not there any more ends with its time, and begins anew")
    func life() {
        contexts.use(Self.configuration(source: [], destination: [.port], ttl: .seconds(600)))
        let start = ContinuousClock.now
        table.add([Self.flow(40_000, 443, 5)])
        #expect(rows(at: start + .seconds(590)).values.map(\.self) == [5])
        #expect(rows(at: start + .seconds(1_300)).isEmpty)
        table.add([Self.flow(40_000, 443, 2)])
        var samples = SampleBuffer()
        table.write(to: &samples)
        #expect(Self.rows(samples, Catalog.flowPackets.descriptor).values.map(\.self) == [2])
    }

    @Test("beyond what there is room for flows are told without their ends, and none is lost")
    func full() {
        contexts.use(Self.configuration(source: [], destination: [.ip]))
        let many = UInt64(FlowTable.mostWithEnds + 10)
        table.add(
            (0..<many).map { number in
                FlowDelta(
                    source: Self.a, destination: IPAddress(v4: UInt32(number) + 0x0b00_0000),
                    sourcePort: 1, destinationPort: 2, protocolNumber: 6, direction: .egress,
                    endpoint: 1, packets: 1, bytes: 60)
            })
        var samples = SampleBuffer()
        table.write(to: &samples)
        let found = Self.rows(samples, Catalog.flowPackets.descriptor)
        #expect(found.count == FlowTable.mostWithEnds + 1)
        #expect(found.values.reduce(0, +) == many)
        #expect(Self.rows(samples, Catalog.flowEndsUntoldPackets.descriptor) == ["": 10])
    }

    @Test("when nobody asks for ends any more they are put together again")
    func withdrawn() {
        contexts.use(Self.configuration(source: [], destination: [.port]))
        table.add([Self.flow(40_000, 443, 1), Self.flow(40_000, 80, 2)])
        contexts.withdraw()
        var samples = SampleBuffer()
        table.write(to: &samples)
        #expect(Self.rows(samples, Catalog.flowPackets.descriptor).values.map(\.self) == [3])
    }

    private func rows(at now: ContinuousClock.Instant = .now) -> [String: UInt64] {
        var samples = SampleBuffer()
        table.write(to: &samples, now: now)
        return Self.rows(contexts.apply(to: samples, taken: now), Catalog.flowPackets.descriptor)
    }

    private static func configuration(
        source: Set<ContextLabel>, destination: Set<ContextLabel>, ttl: Duration? = nil
    ) -> MetricsConfiguration {
        MetricsConfiguration([
            MetricContext(
                ["fovea_flow_packets_total"], source: PartyLabels(source),
                destination: PartyLabels(destination), ttl: ttl)
        ])
    }

    private static func flow(
        _ from: UInt16, _ to: UInt16, _ packets: UInt64, protocolNumber: UInt8 = 6
    ) -> FlowDelta {
        FlowDelta(
            source: a, destination: b, sourcePort: from, destinationPort: to,
            protocolNumber: protocolNumber, direction: .egress, endpoint: 1, packets: packets,
            bytes: packets * 60)
    }

    private static func rows(_ samples: SampleBuffer, _ metric: MetricDescriptor)
        -> [String: UInt64]
    {
        let family = samples.families.first { $0.descriptor === metric }
        var found: [String: UInt64] = [:]
        for row in family?.rows ?? [] {
            if case .count(let count) = row.value { found[row.labels] = count }
        }
        return found
    }
}
