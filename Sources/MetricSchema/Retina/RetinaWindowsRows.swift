// What Retina has of Windows nodes alone.

extension Retina {
    static let windowsStatistics: [RetinaRow] = {
        let hns = gauge(
            "windows_hns_stats", ["direction"], on: .windows,
            help: "Packets of all HNS endpoints together.")
        let flags = gauge(
            "tcp_flag_gauges", ["direction", "flag"], on: .windows,
            help: "TCP packets with the flag at the ports of all endpoints together.")
        let difference = "All endpoints together; Retina's is the last endpoint's alone."
        return [
            RetinaRow(
                hns, .basic, on: .windows, by: "hnsstats",
                .rules([
                    RetinaRule(Catalog.podPackets.descriptor, to: hns) {
                        $0["direction"] == "ingress"
                            ? ["win_packets_recv_count"] : ["win_packets_sent_count"]
                    }
                ]), difference: difference),
            RetinaRow(
                flags, .basic, on: .windows, by: "hnsstats",
                .rules([
                    RetinaRule(Catalog.podTCPFlags.descriptor, to: flags) {
                        let flag = $0["flag"].uppercased()
                        return ["SYN", "SYNACK", "FIN", "RST"].contains(flag)
                            ? [$0["direction"], flag] : nil
                    }
                ]), difference: difference),
            RetinaRow(
                tcpConnectionStats, .basic, on: .windows, by: "hnsstats",
                .rules([
                    RetinaRule(Catalog.podConnectionEvents.descriptor, to: tcpConnectionStats) {
                        guard $0["direction"] == "ingress" else { return nil }
                        return connectionEvents[$0["event"]].map { [$0] }
                    }
                ]), difference: difference),
        ]
    }()

    private static let connectionEvents = [
        "reset": "ResetCount", "closed_by_fin": "ClosedFin", "reset_by_syn": "ResetSyn",
        "half_open_timeout": "TcpHalfOpenTimeouts", "verified": "Verified",
        "timed_out": "TimedOutCount", "expired_to_time_wait": "TimeWaitExpiredCount",
    ]
}
