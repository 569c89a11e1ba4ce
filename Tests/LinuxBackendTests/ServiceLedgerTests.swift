import KernelABI
import LinuxBackend
import MetricSchema
import Observability
import Synchronization
import Testing

struct ServiceLedgerTests {
    private let index = ServiceIndex()
    private let identities = IdentityIndex()
    private let outcomes = Outcomes()
    private let web = ServiceLabel(namespace: "shop", name: "web")
    private let server = IPAddress(v4: 0x0a60_0001)

    private final class Outcomes: Sendable {
        let held = Mutex<[ConnectOutcome]>([])
    }

    init() {
        index.change(web, addresses: [], to: [server])
        identities.update(
            endpoints: [
                Endpoint(number: 1, identity: .node, addresses: []),
                Endpoint(number: 3, identity: Identity(pod: "cart"), addresses: []),
            ], nodeAddresses: [])
    }

    private var ledger: ServiceLedger {
        ServiceLedger(services: index, identities: identities) { [outcomes] in
            outcomes.held.withLock { held in
                defer { held = [] }
                return held
            }
        } lost: {
            0
        }
    }

    private func flow(
        _ direction: Direction, peer: IPAddress, port: UInt16 = 80, endpoint: UInt16 = 3
    ) -> FlowDelta {
        ServiceSamples.flow(direction, peer: peer, port: port, endpoint: endpoint, packets: 2)
    }

    private func rows(
        _ ledger: ServiceLedger, _ metric: MetricDescriptor, now: ContinuousClock.Instant = .now
    ) throws -> [String] {
        var samples = SampleBuffer()
        try ledger.bringUpToDate(nil, now: now)
        try ledger.write(to: &samples, now: now)
        let family = samples.families.first { $0.descriptor === metric }
        return (family?.rows ?? []).map { "\($0.labels) \($0.value)" }.sorted()
    }

    @Test("both ways of a pod's flow with a service are the service's, an uplink's are not")
    func traffic() throws {
        let ledger = ledger
        ledger.add([
            flow(.egress, peer: server), flow(.egress, peer: server),
            flow(.ingress, peer: server), flow(.egress, peer: server, endpoint: 1),
            flow(.egress, peer: IPAddress(v4: 9)),
        ])
        #expect(
            try rows(ledger, Catalog.servicePackets.descriptor) == [
                #"namespace="shop",service="web",direction="egress" count(4)"#,
                #"namespace="shop",service="web",direction="ingress" count(2)"#,
            ])
    }

    @Test("an endpoint's server port decides, whichever way the packets go")
    func ports() throws {
        let backend = IPAddress(v4: 0x0a00_0002)
        index.change(web, endpoints: [], to: [.init(address: backend, port: 8080)])
        index.change(
            ServiceLabel(namespace: "shop", name: "second"), endpoints: [],
            to: [.init(address: backend, port: 9090)])
        index.change(web, endpoints: [], to: [.init(address: backend, port: 9090)])
        let ledger = ledger
        ledger.add([
            flow(.egress, peer: backend, port: 8080), flow(.ingress, peer: backend, port: 8080),
            flow(.egress, peer: backend, port: 53), flow(.egress, peer: backend, port: 9090),
        ])
        #expect(
            try rows(ledger, Catalog.serviceBytes.descriptor) == [
                #"namespace="shop",service="web",direction="egress" count(100)"#,
                #"namespace="shop",service="web",direction="ingress" count(100)"#,
            ])
        #expect(
            try rows(ledger, Catalog.serviceAmbiguous.descriptor) == [
                #"direction="egress" count(2)"#, #"direction="ingress" count(0)"#,
            ])
    }

    @Test("outcomes add up, and a series stays for a while after its service")
    func outcomesAndEnd() throws {
        let backend = ServiceIndex.Backend(address: server, port: 80)
        outcomes.held.withLock { held in
            held = [
                ConnectOutcome(
                    server: backend, kind: .established(place: 3), connections: 5, nanoseconds: 900),
                ConnectOutcome(server: backend, kind: .established(place: nil), connections: 1),
                ConnectOutcome(server: backend, kind: .failed(.timedOut), connections: 2),
            ]
        }
        let ledger = ledger
        let start = ContinuousClock.now
        #expect(
            try rows(ledger, Catalog.serviceConnections.descriptor, now: start) == [
                #"namespace="shop",service="web" count(6)"#
            ])
        index.change(web, addresses: [server], to: [])
        #expect(
            try rows(ledger, Catalog.serviceFailures.descriptor, now: start + .seconds(299)) == [
                #"namespace="shop",service="web",reason="timed_out" count(2)"#
            ])
        #expect(
            try rows(ledger, Catalog.serviceConnections.descriptor, now: start + .seconds(301))
                .isEmpty)
    }

    @Test("an outcome is read as the program wrote it, and nothing else is one")
    func decoding() throws {
        var key = tcp_outcome_key()
        withUnsafeMutableBytes(of: &key) { bytes in
            for (place, byte) in [UInt8](
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 96, 0, 1]
            ).enumerated() { bytes[place] = byte }
        }
        key.port = 80
        key.place = 77
        let totals = tcp_outcome(connections: 4, nanoseconds: 8)
        let read = try #require(ConnectOutcome(key, totals))
        #expect(read.server == .init(address: server, port: 80))
        #expect(read.kind == .established(place: 77))
        #expect(read.connections == 4 && read.nanoseconds == 8)
        key.place = UInt8(TCP_UNMEASURED)
        #expect(ConnectOutcome(key, totals)?.kind == .established(place: nil))
        key.place = 78
        #expect(ConnectOutcome(key, totals) == nil)
        key.outcome = 1
        key.endpoint = 5
        #expect(ConnectOutcome(key, totals)?.kind == .failed(.refused))
        #expect(ConnectOutcome(key, totals)?.endpoint == 5 && read.endpoint == 0)
        key.outcome = 7
        #expect(ConnectOutcome(key, totals)?.kind == .failed(.other))
        key.outcome = 8
        #expect(ConnectOutcome(key, totals) == nil)
    }
}
