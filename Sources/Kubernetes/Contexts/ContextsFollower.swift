import Foundation
import Logging
import NIOCore
import Observability
import Synchronization

/// Follows the cluster's MetricsConfigurations, puts the newest good one in force on this node, and has it said in its
/// status.
///
/// All agents would say the same. Each waits for a moment of its own choice, longer where there are more nodes, and
/// writes only what nobody has written until then; two that do so at once are told apart by the object's version. So a
/// change costs a request or two, whatever the number of nodes, and needs no leader.
package struct ContextsFollower: Sendable {
    private let client: APIClient
    private let contexts: MetricContexts
    private let log: Logger
    private let backoff: Backoff
    private let spread: @Sendable () -> Duration
    private let absence: Duration
    private let state = Shared()

    private final class Shared: Sendable {
        let known = Mutex(MetricsConfigurations())
    }

    init(
        _ client: APIClient, _ contexts: MetricContexts, log: Logger, backoff: Backoff,
        absence: Duration = .seconds(300), spread: @escaping @Sendable () -> Duration
    ) {
        self.client = client
        self.contexts = contexts
        self.log = log
        self.backoff = backoff
        self.absence = absence
        self.spread = spread
    }

    /// Until cancelled. A cluster without the kind is asked again from time to time.
    package func run() async {
        let (news, signal) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        var reflector = Reflector<MetricsConfigurationRecord>(
            client, health: ReflectorHealth(MetricsConfigurationRecord.resource), log: log,
            backoff: backoff)
        reflector.absence = absence
        await withTaskGroup(of: Void.self) { [reflector] group in
            group.addTask {
                await reflector.run { change in
                    apply(change)
                    signal.yield()
                }
                signal.finish()
            }
            group.addTask { await write(after: news) }
            await group.waitForAll()
        }
    }

    private func apply(_ change: ReflectedChange<MetricsConfigurationRecord>) {
        let (known, before) = state.known.withLock { known in
            let before = known
            known.apply(change)
            return (known, before)
        }
        if let inForce = known.inForce { contexts.use(inForce) } else { contexts.withdraw() }
        if known.isNewestAccepted == false { contexts.refuse() }
        if let problems = known.newestProblems, problems != before.newestProblems {
            log.error(
                "the metrics' configuration is refused; the last good one stays in force",
                metadata: [
                    "name": "\(known.newestName ?? "")", "problems": "\(problems)",
                ])
        } else if known.inForce != before.inForce {
            log.info(
                "the metrics' configuration has changed",
                metadata: ["contexts": "\(known.inForce?.contexts.count ?? 0)"])
        }
    }

    // MARK: Status

    private func write(after news: AsyncStream<Void>) async {
        var isRefused = false
        for await _ in news {
            if isRefused || updates.isEmpty { continue }
            try? await Task.sleep(for: spread() * Double.random(in: 0...1))
            for update in updates {
                do {
                    try await write(update)
                } catch {
                    if Task.isCancelled { return }
                    if case .status(let status, _) = error {
                        // Somebody was first, or it is gone: the watch says which.
                        if [404, 409].contains(status.code) { continue }
                        isRefused = status.code == 403
                    }
                    log.info(
                        "cannot write the status of the metrics' configuration",
                        metadata: ["name": "\(update.name)", "error": "\(error)"])
                }
            }
        }
    }

    private var updates: [MetricsConfigurations.Update] {
        state.known.withLock { $0 }.updates(at: Date.now.formatted(.iso8601))
    }

    private struct Patch: Encodable {
        struct Metadata: Encodable { let resourceVersion: String }
        /// The server takes the patch only if this is still the object's version.
        let metadata: Metadata
        let status: MetricsConfigurationRecord.Status
    }

    private func write(_ update: MetricsConfigurations.Update) async throws(APIError) {
        let path = "\(MetricsConfigurationRecord.resource.path)/\(update.name)/status"
        let patch = Patch(
            metadata: .init(resourceVersion: "\(update.version)"), status: update.status)
        let bytes: Data
        do { bytes = try JSONEncoder().encode(patch) } catch {
            throw .malformed("\(error)", path: path)
        }
        try await client.patch(path, ByteBuffer(bytes: bytes))
    }
}
