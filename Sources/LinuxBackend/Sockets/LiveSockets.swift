import CLibMNL
import Glibc
import MetricSchema

/// Lists sockets of the namespace that the calling thread is in, and counts them as they come. The kernel walks its
/// hash table of all namespaces' connections for it, each bucket under a lock of its own.
enum LiveSockets {
    /// With `roundTrips` each TCP socket is locked for a moment, so that the kernel can say more of it.
    static func census(roundTrips: Bool) throws -> SocketCensus {
        var census = SocketCensus()
        let netlink = try LiveNetlink(.socketDiagnosis)
        for (number, transport) in [(IPPROTO_TCP, SocketProtocol.tcp), (IPPROTO_UDP, .udp)] {
            for family in [AF_INET, AF_INET6] {
                var request = inet_diag_req_v2()
                request.sdiag_family = UInt8(family)
                request.sdiag_protocol = UInt8(number)
                request.idiag_states = .max
                if roundTrips, transport == .tcp {
                    request.idiag_ext = 1 << UInt8(SocketRow.information - 1)
                }
                _ = try netlink.stream(
                    UInt16(SOCK_DIAG_BY_FAMILY), dump: true, header: request
                ) { answer in
                    try SocketRow.forEach(in: answer) { census.add($0, transport) }
                }
            }
        }
        return census
    }
}
