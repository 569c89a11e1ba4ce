import Logging
import Synchronization

/// Keeps what is logged.
final class LogRecorder: Sendable {
    private let kept = Mutex<[String]>([])

    /// `level message key=value`, in order.
    var lines: [String] { kept.withLock { $0 } }

    var log: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

    private func add(_ line: String) { kept.withLock { $0.append(line) } }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }
            recorder.add(
                "\(event.level) \(event.message)" + pairs.map { " \($0.key)=\($0.value)" }.joined())
        }
    }
}
