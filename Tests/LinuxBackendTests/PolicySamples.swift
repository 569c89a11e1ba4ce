import LinuxBackend
import MetricSchema
import Observability
import Synchronization

/// Dropped flows of blue's, and a judge that has made up its mind by the server's port.
enum PolicySamples {
    struct Judge: PolicyJudge {
        var isReady = true

        func judge(_ attempts: [FlowAttempt], everywhere: Bool) -> [PolicyJudgement] {
            attempts.map { attempt in
                switch attempt.port {
                case 5432: .denied(.client, policies: ["default-deny", "to-db"])
                case 80: .denied(.server, policies: ["default-deny"])
                case 53: .notDenied(.allowed)
                case nil: .notDenied(.unknown)
                default: .notDenied(.unselected)
                }
            }
        }
    }

    static let blue = IPAddress(v4: 0x0a00_0001)
    static let other = IPAddress(v4: 0x0a00_0002)

    static func flow(
        to port: UInt16?, _ direction: Direction = .egress, endpoint: UInt16 = 3,
        server: IPAddress = other, packets: UInt64
    ) -> DroppedFlow {
        DroppedFlow(
            attempt: FlowAttempt(client: blue, server: server, protocolNumber: 6, port: port),
            endpoint: endpoint, direction: direction, reason: "netfilter_drop",
            amount: .init(packets: packets, bytes: packets * 60))
    }

    static func collector(_ board: EndpointBoard) throws -> PolicyCollector {
        let collector = PolicyCollector(
            board: board, identities: IdentityIndex(), judge: Judge(), recent: RecentFlows()
        ) {
            [
                flow(to: 5432, packets: 9), flow(to: 80, .ingress, packets: 4),
                flow(to: 53, packets: 3), flow(to: nil, .ingress, packets: 2),
                flow(to: 9000, packets: 1),
            ]
        } lost: {
            6
        }
        return collector
    }

    static func failure(
        to port: UInt16, _ why: TCPFailure = .refused, endpoint: UInt16 = 3,
        server: IPAddress = other, connections: UInt64
    ) -> ConnectOutcome {
        ConnectOutcome(
            server: .init(address: server, port: port), endpoint: endpoint, kind: .failed(why),
            connections: connections)
    }

    /// Blue's connections that failed, to a pod elsewhere.
    static func connections(_ board: EndpointBoard) -> ConnectionPolicyCollector {
        let identities = IdentityIndex()
        identities.change(directory: [
            other: Identity(
                namespace: "shop", pod: "db-0", workload: Workload(kind: "StatefulSet", name: "db"))
        ])
        let collector = ConnectionPolicyCollector(
            board: board, identities: identities, judge: Judge(), recent: RecentFlows(),
            patience: .zero
        ) {
            [
                failure(to: 5432, .timedOut, connections: 7), failure(to: 80, connections: 3),
                failure(to: 53, .aborted, connections: 2), failure(to: 9000, connections: 1),
                failure(to: 5432, .notSent, connections: 50),
                ConnectOutcome(
                    server: .init(address: other, port: 5432), kind: .established(place: 3),
                    connections: 100),
            ]
        } lost: {
            4
        }
        var places = EndpointPlaces()
        places.addresses = [blue: 3]
        collector.follow(places)
        return collector
    }
}
