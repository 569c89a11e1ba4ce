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
}
