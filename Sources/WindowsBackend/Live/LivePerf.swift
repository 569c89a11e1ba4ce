import CWindowsNet
import Synchronization

/// pdh.dll. Anywhere but on Windows every call fails with E_NOTIMPL.
package final class LivePerf: PerfTransport {
    /// Queries that stay open between two readings, because opening one is what costs.
    private let idle = Mutex<[PerfSet: Query]>([:])

    package init() {}

    package func read(_ set: PerfSet) throws(WindowsCallError) -> [UInt8] {
        let open = idle.withLock { $0.removeValue(forKey: set) }
        let query = if let open { open } else { try Query(set) }
        let rows = try query.rows()
        // Not kept where nothing was there: what is installed later must be found.
        if !PerfRows.areAllFailures(rows) { idle.withLock { $0[set] = query } }
        guard let text = PerfRows.text(rows, counters: set.counters) else {
            throw WindowsCallError(set.call, .result(.invalidData))
        }
        return text
    }

    /// Owns a query of PDH. Used by one reading at a time, which is why it may go between threads.
    private final class Query: @unchecked Sendable {
        private let set: PerfSet
        private let handle: OpaquePointer

        init(_ set: PerfSet) throws(WindowsCallError) {
            let object = "\\\(set.object)" + (set.hasInstances ? "(*)" : "")
            let paths = LiveCall.strings(set.counters.map { "\(object)\\\($0)" })
            var handle: OpaquePointer?
            let result = HRESULT(fovea_perf_open(paths, set.counters.count, &handle))
            guard let handle else {
                throw WindowsCallError(
                    set.call, .result(result.isFailure ? result : .invalidData))
            }
            self.set = set
            self.handle = handle
        }

        func rows() throws(WindowsCallError) -> [UInt8] {
            try LiveCall.bytes(set.call) { fovea_perf_read(handle, $0) }
        }

        deinit { fovea_perf_close(handle) }
    }
}
