import CLibMNL
import MetricSchema

/// A TCP or UDP socket, from `SOCK_DIAG_BY_FAMILY` (linux/inet_diag.h): of `struct inet_diag_msg` the fields we use.
struct SocketRow: Equatable {
    /// AF_INET or AF_INET6.
    let family: UInt8
    /// TCP_ESTABLISHED is 1 and so on, for UDP too.
    let stateNumber: UInt8
    let port: UInt16
    /// Bytes; of a listener the connections that wait.
    let receiveQueue: UInt32
    /// Bytes; of a listener the most connections that may wait.
    let sendQueue: UInt32
    /// Smoothed, in microseconds; 0 where it was not asked for or nothing was measured yet.
    let roundTrip: UInt32

    init(parsing payload: UnsafeRawBufferPointer) throws(NetlinkDecodingError) {
        guard payload.count >= Self.size else {
            throw NetlinkDecodingError(
                offset: 0, problem: "a socket of \(payload.count) bytes, not \(Self.size)")
        }
        family = payload[0]
        stateNumber = payload[1]
        port = UInt16(bigEndian: payload.loadUnaligned(fromByteOffset: 4, as: UInt16.self))
        receiveQueue = payload.loadUnaligned(fromByteOffset: 56, as: UInt32.self)
        sendQueue = payload.loadUnaligned(fromByteOffset: 60, as: UInt32.self)
        var attributes = NetlinkWalk(try payload.after(Self.size))
        var roundTrip: UInt32 = 0
        while let attribute = try attributes.nextAttribute() {
            // struct tcp_info of linux/tcp.h grows at its end only.
            guard attribute.type == Self.information,
                attribute.bytes.count >= Self.roundTripOffset + 4
            else { continue }
            roundTrip = attribute.bytes.loadUnaligned(
                fromByteOffset: Self.roundTripOffset, as: UInt32.self)
        }
        self.roundTrip = roundTrip
    }

    /// Hands over every socket in an answer, read in place.
    static func forEach(
        in answer: UnsafeRawBufferPointer, _ body: (SocketRow) -> Void
    ) throws(NetlinkDecodingError) {
        var messages = NetlinkWalk(answer)
        while let message = try messages.nextMessage() {
            guard message.type == SOCK_DIAG_BY_FAMILY else { continue }
            body(try SocketRow(parsing: message.payload))
        }
    }

    var isListener: Bool { stateNumber == 10 }

    /// TCP_NEW_SYN_RECV, 12, is a request that the kernel shows as TCP_SYN_RECV itself.
    var state: SocketState {
        switch stateNumber {
        case 1: .established
        case 2: .synSent
        case 3, 12: .synReceived
        case 4: .finWait1
        case 5: .finWait2
        case 6: .timeWait
        case 7: .close
        case 8: .closeWait
        case 9: .lastAck
        case 10: .listen
        case 11: .closing
        case 13: .boundInactive
        default: .other
        }
    }

    private static let size = 72
    /// INET_DIAG_INFO.
    static let information = 2
    /// Of tcpi_rtt.
    private static let roundTripOffset = 68
}
