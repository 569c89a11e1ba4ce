import KernelABI
import Observability
import Testing

@testable import LinuxBackend

struct TCPFlowDecodingTests {
    @Test("each event is its own number, and packets and bytes of the flow are not in it")
    func events() {
        var flow = tcp_flow()
        withUnsafeMutableBytes(of: &flow) { bytes in
            for word in 0..<UInt64(bytes.count / 8) {
                bytes.storeBytes(of: 100 + word, toByteOffset: Int(word) * 8, as: UInt64.self)
            }
        }
        var key = flow_key()
        key.protocol = 6
        key.endpoint = 7
        var quality = TCPFlowQuality()
        quality.retransmitted = .init(packets: 100, bytes: 101)
        quality.late = .init(packets: 102, bytes: 103)
        quality.unclear = .init(packets: 104, bytes: 105)
        quality.resets = 106
        quality.zeroWindows = 108
        quality.clientReply = .init(samples: 110, nanoseconds: 111)
        quality.serverReply = .init(samples: 112, nanoseconds: 113)
        quality.serverAcknowledged = .init(samples: 114, nanoseconds: 115)
        quality.roundTrip = .init(samples: 116, nanoseconds: 117)
        #expect(TCPFlowDelta(key, flow) == TCPFlowDelta(FlowDelta(key, .init()), quality))
    }
}
