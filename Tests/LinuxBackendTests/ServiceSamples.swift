import LinuxBackend
import MetricSchema
import Observability

/// What a pod had of three services.
enum ServiceSamples {
    static func collector() -> ServiceCollector {
        let index = ServiceIndex()
        let identities = IdentityIndex()
        let (web, db) = (IPAddress(v4: 0x0a60_0001), IPAddress(v4: 0x0a00_0002))
        index.change(ServiceLabel(namespace: "shop", name: "web"), addresses: [], to: [web])
        for name in ["db", "db-read"] {
            index.change(
                ServiceLabel(namespace: "shop", name: name), endpoints: [],
                to: [.init(address: db, port: 5432)])
        }
        let (pods, cache) = (
            [Endpoint(number: 3, identity: cart, addresses: [])], IPAddress(v4: 0x0a00_0003)
        )
        identities.update(endpoints: pods, nodeAddresses: [])
        index.change(
            ServiceLabel(namespace: "shop", name: "cache"), endpoints: [],
            to: [
                .init(
                    address: cache, port: 6379, place: .shared(zone: "eu-1b", hints: ["eu-1b"]))
            ])
        let ledger = ServiceLedger(
            services: index, identities: identities, zone: { "eu-1a" }
        ) {
            [
                ConnectOutcome(
                    server: .init(address: web, port: 80), kind: .established(place: 12),
                    connections: 40, nanoseconds: 9_000_000),
                ConnectOutcome(
                    server: .init(address: web, port: 80), kind: .failed(.timedOut), connections: 2),
            ]
        } lost: {
            1
        }
        ledger.add([
            flow(.egress, peer: web, port: 80, packets: 90),
            flow(.ingress, peer: web, port: 80, packets: 70),
            flow(.egress, peer: db, port: 5432, packets: 3),
            flow(.egress, peer: cache, port: 6379, packets: 6),
        ])
        return ServiceCollector(ledger, flows: nil)
    }

    private static let cart = Identity(namespace: "shop", pod: "cart")

    /// Of a pod with a peer, which has that port.
    static func flow(
        _ direction: Direction, peer: IPAddress, port: UInt16, endpoint: UInt16 = 3,
        packets: UInt64
    ) -> FlowDelta {
        let own = IPAddress(v4: 0x0a00_0001)
        let sent = direction == .egress
        return FlowDelta(
            source: sent ? own : peer, destination: sent ? peer : own,
            sourcePort: sent ? 40_000 : port, destinationPort: sent ? port : 40_000,
            protocolNumber: 6, direction: direction, endpoint: endpoint, packets: packets,
            bytes: packets * 50)
    }
}
