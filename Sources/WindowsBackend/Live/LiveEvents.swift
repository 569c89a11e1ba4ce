import CWindowsNet
import Synchronization

/// Event Tracing for Windows. A session begins with the first reading and ends with this. Anywhere but on
/// Windows every call fails with E_NOTIMPL.
package final class LiveEvents: EventTransport {
    /// Of what is kept between two readings.
    private static let capacity = 4 << 20

    private let idle = Mutex<[EventProvider: Session]>([:])

    package init() {}

    package func records(of provider: EventProvider) throws(WindowsCallError) -> [UInt8] {
        let open = idle.withLock { $0.removeValue(forKey: provider) }
        let session = if let open { open } else { try Session(provider) }
        defer { idle.withLock { $0[provider] = session } }
        return try session.records()
    }

    /// Owns a session. Used by one reading at a time, which is why it may go between threads.
    private final class Session: @unchecked Sendable {
        private let provider: EventProvider
        private let handle: OpaquePointer

        init(_ provider: EventProvider) throws(WindowsCallError) {
            var handle: OpaquePointer?
            let result = HRESULT(
                fovea_events_open(
                    provider.guid, LiveCall.strings(["fovea-\(provider.rawValue)"]),
                    LiveEvents.capacity, &handle))
            guard let handle else {
                throw WindowsCallError(
                    provider.call, .result(result.isFailure ? result : .invalidData))
            }
            self.provider = provider
            self.handle = handle
        }

        func records() throws(WindowsCallError) -> [UInt8] {
            try LiveCall.bytes(provider.call) { fovea_events_read(handle, $0) }
        }

        deinit { fovea_events_close(handle) }
    }
}
