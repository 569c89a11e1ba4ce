import CWindowsNet
import Synchronization

/// pktmonapi.dll: drops alone, and of those the metadata. The session begins with the first reading and
/// ends with this. Anywhere but on Windows every call fails with E_NOTIMPL.
package final class LivePacketStream: PacketStreamTransport {
    private static let call = "PacketMonitorCreateRealtimeStream"
    /// Of what is kept between two readings: some 65 000 drops.
    private static let capacity = 4 << 20

    private let idle = Mutex<Session?>(nil)

    package init() {}

    package func records() throws(WindowsCallError) -> [UInt8] {
        let open = idle.withLock { $0.take() }
        let session = if let open { open } else { try Session() }
        defer { idle.withLock { $0 = session } }
        return try session.records()
    }

    /// Owns a session. Used by one reading at a time, which is why it may go between threads.
    private final class Session: @unchecked Sendable {
        private let handle: OpaquePointer

        init() throws(WindowsCallError) {
            var handle: OpaquePointer?
            let result = HRESULT(fovea_packets_open(LivePacketStream.capacity, &handle))
            guard let handle else {
                throw WindowsCallError(
                    LivePacketStream.call, .result(result.isFailure ? result : .invalidData))
            }
            self.handle = handle
        }

        func records() throws(WindowsCallError) -> [UInt8] {
            try LiveCall.bytes(LivePacketStream.call) { fovea_packets_read(handle, $0) }
        }

        deinit { fovea_packets_close(handle) }
    }
}
