import KernelABI
import MetricSchema
import Observability

@testable import LinuxBackend

/// What the packet program might have counted of TCP on the golden scrape's node.
enum TCPSamples {
    static let counts: @Sendable (UInt16, Direction) -> TCPCounts = {
        number, direction in
        var counts = TCPCounts()
        counts.syn = UInt64(number)
        counts.synack = direction == .ingress ? 2 : 0
        counts.fin = 1
        if number == 3, direction == .egress {
            counts.rst = 4
            counts.urg = 5
            counts.ece = 6
            counts.cwr = 7
            counts.zeroWindows = 8
            counts.retransmitted = .init(packets: 9, bytes: 9_000)
            counts.late = .init(packets: 10, bytes: 10_000)
            counts.unclear = .init(packets: 11, bytes: 11_000)
            counts.gaps = 12
            counts.untracked = 13
        }
        return counts
    }

    static let latencies: @Sendable (UInt16) -> TCPLatencies = { number in
        var latencies = TCPLatencies()
        guard number != 4 else { return latencies }
        latencies.clientReply.record(nanoseconds: UInt64(number) * 1_000_000)
        latencies.serverAcknowledged.record(nanoseconds: 20_000_000)
        latencies.roundTrip.record(nanoseconds: 30_000_000)
        return latencies
    }

    static let stats: @Sendable () -> tcp_table_stats = {
        var stats = tcp_table_stats()
        stats.evictions = 3
        stats.lost_events = 2
        return stats
    }

    /// Blue is a client of green's and of somebody outside, and green serves blue.
    static func flows() -> FlowTable {
        let identities = IdentityIndex()
        identities.update(
            endpoints: [(UInt16(3), "blue"), (4, "green")].map { number, name in
                Endpoint(
                    number: number, identity: Identity(pod: name),
                    addresses: [IPAddress(v4: UInt32(number))])
            }, nodeAddresses: [])
        let table = FlowTable(identities: identities, patience: .seconds(15))
        func flow(
            _ source: UInt32, _ destination: UInt32, _ direction: Direction, at endpoint: UInt16,
            packets: UInt64
        ) -> FlowDelta {
            FlowDelta(
                source: IPAddress(v4: source), destination: IPAddress(v4: destination),
                sourcePort: 0, destinationPort: 443, protocolNumber: 6, direction: direction,
                endpoint: endpoint, packets: packets, bytes: packets * 60)
        }
        table.add([
            flow(3, 4, .egress, at: 3, packets: 30), flow(3, 4, .ingress, at: 4, packets: 29),
        ])
        var sent = TCPFlowQuality()
        sent.retransmitted = .init(packets: 3, bytes: 3_000)
        sent.late = .init(packets: 1, bytes: 100)
        var received = TCPFlowQuality()
        received.resets = 2
        received.zeroWindows = 5
        received.clientReply = .init(samples: 2, nanoseconds: 500_000)
        received.roundTrip = .init(samples: 4, nanoseconds: 3_000_000)
        var served = TCPFlowQuality()
        served.unclear = .init(packets: 1, bytes: 50)
        served.serverAcknowledged = .init(samples: 2, nanoseconds: 250_000)
        table.add(tcp: [
            TCPFlowDelta(flow(3, 4, .egress, at: 3, packets: 0), sent),
            TCPFlowDelta(flow(4, 3, .ingress, at: 3, packets: 0), received),
            TCPFlowDelta(flow(77, 3, .ingress, at: 3, packets: 0), received),
            TCPFlowDelta(flow(3, 4, .ingress, at: 4, packets: 0), served),
        ])
        return table
    }

    static let apiServer: @Sendable (UInt16) -> APIServerCollector.Reading = { number in
        var latencies = PeerLatencies()
        var failures = ServerFailures()
        if number < 4 {
            latencies.handshake.record(nanoseconds: UInt64(number) * 1_000_000)
            latencies.roundTrip.record(nanoseconds: UInt64(number) * 2_000_000)
            failures.refused = UInt64(number)
            failures.unanswered = UInt64(number) * 10
            failures.unwatched = 1
        }
        return (latencies, failures)
    }

    /// More than there are places for, one of them called so that it finds none.
    static func otherNodes() throws -> PeerNodeBoard {
        let board = PeerNodeBoard(capacity: 3)
        board.follow(
            ["busy", "other", "silent", "surplus"].enumerated().map { number, name in
                PeerNode(name: name, address: IPAddress(v4: 0xc000_0201 + UInt32(number)))
            }
        ) { _, _ in }
        return board
    }
}
