package import MetricSchema
package import Observability
import WindowsBackend

/// A recorded Windows node in the place of this one. Its sources answer what they did when it was recorded, in
/// that order, and the last answer again and again: counters then stand still. Clocks are not recorded, so ages and
/// durations are those of the replay.
package struct RecordedBackend: Backend {
    private let live: Capability
    private let backend: WindowsBackend

    /// `recorded` is when, where that is known.
    init(_ backend: WindowsBackend, source: String, recorded: String?) {
        self.backend = backend
        let date = recorded.map { " of \($0)" } ?? ""
        live = Capability(
            "live node", missing: "this is a replay of the recording\(date) in \(source)")
    }

    package var capabilities: [Capability] { [live] + backend.capabilities }
    package var system: System { backend.system }
    package var collectors: [any Collector] { backend.collectors }
    package var podAddresses: [PodName: IPAddress] { backend.podAddresses }
    package var isReplay: Bool { true }
    package func run() async { await backend.run() }
}
