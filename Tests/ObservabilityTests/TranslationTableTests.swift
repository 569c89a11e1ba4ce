import MetricSchema
import Observability
import TestSupport
import Testing

/// Who is behind an address that is translated.
struct TranslationTableTests {
    private let table = TranslationTable(capacity: 100)
    private static let client = IPAddress(v4: 1)
    private static let service = IPAddress(v4: 0x0a60_0001)
    private static let blue = IPAddress(v4: 11)
    private static let green = IPAddress(v4: 12)

    private static func asked(_ port: UInt16, gets real: IPAddress) -> Translation {
        Translation(
            protocolNumber: 6, local: client, localPort: port, apparent: service, apparentPort: 80,
            real: real)
    }

    private static func flow(
        _ port: UInt16, _ direction: Direction = .egress, to peer: IPAddress = service
    ) -> FlowDelta {
        let sent = direction == .egress
        return FlowDelta(
            source: sent ? client : peer, destination: sent ? peer : client,
            sourcePort: sent ? port : 80, destinationPort: sent ? 80 : port, protocolNumber: 6,
            direction: direction, endpoint: 1, packets: 1, bytes: 60)
    }

    @Test("with nothing translated, everybody is who he seems")
    func empty() {
        #expect(table.peers(of: [Self.flow(1000)]) == nil)
    }

    @Test("each connection to a service leads to its own server, both ways")
    func connections() {
        table.remember([Self.asked(1000, gets: Self.blue), Self.asked(1001, gets: Self.green)])
        let flows = [
            Self.flow(1000), Self.flow(1001), Self.flow(1000, .ingress), Self.flow(1002),
            Self.flow(1000, to: Self.blue),
        ]
        #expect(
            table.peers(of: flows) == [
                .address(Self.blue), .address(Self.green), .address(Self.blue),
                .behind(Self.service), .address(Self.blue),
            ])
    }

    @Test("connections added up lead to a server where all went to it, and else it is not said")
    func folded() {
        table.remember([Self.asked(1000, gets: Self.blue), Self.asked(1001, gets: Self.blue)])
        #expect(table.peers(of: [Self.flow(0)]) == [.address(Self.blue)])
        table.beginDump()
        #expect(table.peers(of: [Self.flow(0)]) == [.address(Self.blue)])
        table.remember([Self.asked(1002, gets: Self.green)])
        #expect(table.peers(of: [Self.flow(0)]) == [.behind(Self.service)])
    }

    @Test("a port used again leads to where it was used last")
    func again() {
        table.remember([Self.asked(1000, gets: Self.blue)])
        table.remember([Self.asked(1000, gets: Self.green)])
        #expect(table.peers(of: [Self.flow(1000)]) == [.address(Self.green)])
        table.beginDump()
        table.remember([Self.asked(1000, gets: Self.blue)])
        #expect(table.peers(of: [Self.flow(1000)]) == [.address(Self.blue)])
    }

    @Test("what two dumps did not find is forgotten")
    func forgotten() {
        table.remember([Self.asked(1000, gets: Self.blue)])
        table.beginDump()
        #expect(table.peers(of: [Self.flow(1000)]) == [.address(Self.blue)])
        table.beginDump()
        #expect(table.peers(of: [Self.flow(1000)]) == nil)
    }

    @Test("there are never more than twice its capacity, and those seen last are there")
    func bounded() {
        for port in 1000..<2000 as Range<UInt16> {
            table.remember([Self.asked(port, gets: Self.blue)])
            #expect(table.count <= 200)
        }
        let last = (1900..<2000).map { Self.flow($0) }
        #expect(table.peers(of: last)?.allSatisfy { $0 == .address(Self.blue) } == true)
    }

    @Test(
        "translation changes the names that packets are under and never how many there are",
        arguments: 0..<20 as Range<UInt64>)
    func sums(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let identities = IdentityIndex()
        identities.update(
            endpoints: (1...6).map {
                Endpoint(
                    number: $0, identity: Identity(pod: "pod\($0)"),
                    addresses: [IPAddress(v4: UInt32($0))])
            }, nodeAddresses: [])
        let table = FlowTable(identities: identities, translations: table)
        var sent: UInt64 = 0
        for _ in 0..<20 {
            if Bool.random(using: &random) { self.table.beginDump() }
            self.table.remember(
                (0..<30).map { _ in
                    Translation(
                        protocolNumber: 6, local: IPAddress(v4: .random(in: 1...6, using: &random)),
                        localPort: .random(in: 0...3, using: &random),
                        apparent: IPAddress(v4: .random(in: 4...9, using: &random)),
                        apparentPort: .random(in: 0...3, using: &random),
                        real: IPAddress(v4: .random(in: 1...9, using: &random)))
                })
            let flows = (0..<100).map { _ in
                FlowDelta(
                    source: IPAddress(v4: .random(in: 1...9, using: &random)),
                    destination: IPAddress(v4: .random(in: 1...9, using: &random)),
                    sourcePort: .random(in: 0...3, using: &random),
                    destinationPort: .random(in: 0...3, using: &random), protocolNumber: 6,
                    direction: Bool.random(using: &random) ? .egress : .ingress,
                    endpoint: .random(in: 1...6, using: &random),
                    packets: .random(in: 0..<1000, using: &random), bytes: 0)
            }
            sent += flows.map(\.packets).reduce(0, +)
            table.add(flows)
        }
        var samples = SampleBuffer()
        table.write(to: &samples)
        let packets = samples.families.first { $0.descriptor === Catalog.flowPackets.descriptor }
        let found = packets?.values.reduce(0 as UInt64) { sum, value in
            if case .count(let count) = value { sum + count } else { sum }
        }
        #expect(found == sent)
    }

    @Test("a flow to a service is the server's, and one to nobody knows whom is not the world's")
    func names() throws {
        let identities = IdentityIndex()
        identities.update(
            endpoints: [
                Endpoint(number: 1, identity: Identity(pod: "client"), addresses: [Self.client]),
                Endpoint(number: 2, identity: Identity(pod: "blue"), addresses: [Self.blue]),
            ], nodeAddresses: [])
        table.remember([Self.asked(1000, gets: Self.blue)])
        let flows = FlowTable(identities: identities, translations: table)
        flows.add([Self.flow(1000), Self.flow(1000, .ingress), Self.flow(1001)])
        var samples = SampleBuffer()
        flows.write(to: &samples)
        let packets = samples.families.first { $0.descriptor === Catalog.flowPackets.descriptor }
        #expect(
            Set(packets?.rows.map(\.labels) ?? []) == [
                #"source_pod="client",destination_pod="blue",protocol="tcp",direction="egress""#,
                #"source_pod="blue",destination_pod="client",protocol="tcp",direction="ingress""#,
                #"source_pod="client",destination_pod="reserved:translated",protocol="tcp","#
                    + #"direction="egress""#,
            ])
    }
}
