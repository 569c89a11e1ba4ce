/// What was not ordinary in one flow's TCP packets, and what was measured with them, since it was last reported.
package struct TCPFlowQuality: Equatable, Sendable {
    package struct Data: Equatable, Sendable {
        package var packets: UInt64
        package var bytes: UInt64

        package init(packets: UInt64 = 0, bytes: UInt64 = 0) {
            self.packets = packets
            self.bytes = bytes
        }

        static func += (left: inout Data, right: Data) {
            left.packets += right.packets
            left.bytes += right.bytes
        }
    }

    package struct Latency: Equatable, Sendable {
        package var samples: UInt64
        package var nanoseconds: UInt64

        package init(samples: UInt64 = 0, nanoseconds: UInt64 = 0) {
            self.samples = samples
            self.nanoseconds = nanoseconds
        }

        static func += (left: inout Latency, right: Latency) {
            left.samples += right.samples
            left.nanoseconds += right.nanoseconds
        }
    }

    package var retransmitted = Data()
    package var late = Data()
    package var unclear = Data()
    package var resets: UInt64 = 0
    package var zeroWindows: UInt64 = 0
    /// Of these the flow is that of the packet that ended them: the peer's, but for the server's own reply.
    package var clientReply = Latency()
    package var serverReply = Latency()
    package var serverAcknowledged = Latency()
    package var roundTrip = Latency()

    package init() {}

    package static func += (left: inout TCPFlowQuality, right: TCPFlowQuality) {
        left.retransmitted += right.retransmitted
        left.late += right.late
        left.unclear += right.unclear
        left.resets += right.resets
        left.zeroWindows += right.zeroWindows
        left.clientReply += right.clientReply
        left.serverReply += right.serverReply
        left.serverAcknowledged += right.serverAcknowledged
        left.roundTrip += right.roundTrip
    }
}

/// What was added to the TCP quality of one flow since it was last reported.
package struct TCPFlowDelta: Equatable, Sendable {
    /// Without packets and bytes: those come by themselves.
    package let flow: FlowDelta
    package let quality: TCPFlowQuality

    package init(_ flow: FlowDelta, _ quality: TCPFlowQuality) {
        self.flow = flow
        self.quality = quality
    }
}
