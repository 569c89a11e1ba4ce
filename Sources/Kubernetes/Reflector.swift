import FoundationEssentials
package import Logging
import NIOCore

/// What a reflector says of its kind.
package enum ReflectedChange<Record: KubernetesRecord>: Sendable {
    /// All there is; what is not in it is gone.
    case replaced([Record])
    case set(Record)
    case removed(ObjectKey, uid: ObjectUID)
}

/// Keeps somebody's picture of all objects of a kind current: everything first, then each change, for as long
/// as it runs. Goes on where it stopped when a connection breaks, starts anew when the server no longer knows
/// where that was, and waits longer each time that nothing comes of it.
package struct Reflector<Record: KubernetesRecord>: Sendable {
    private let client: APIClient
    private let selector: String
    private let health: ReflectorHealth
    private let log: Logger
    private let backoff: Backoff
    private let pageSize = 500
    /// Where it is set, the kind may be missing or not allowed: that is said once, and looked at again after so long.
    var absence: Duration?
    /// What is kept of each object.
    var trim: @Sendable (Record) -> Record = { $0 }

    /// `fieldSelector` as Kubernetes writes it, `spec.nodeName=a`; empty for everything.
    package init(
        _ client: APIClient, fieldSelector: String = "", health: ReflectorHealth, log: Logger,
        backoff: Backoff = Backoff()
    ) {
        self.client = client
        selector = fieldSelector.isEmpty ? "" : "&fieldSelector=\(fieldSelector.queryEscaped)"
        self.health = health
        self.log = log
        self.backoff = backoff
    }

    /// Until cancelled. Changes come one after the other, in the server's order.
    package func run(_ say: @Sendable (ReflectedChange<Record>) async -> Void) async {
        var version: String?
        var backoff = backoff
        var random = SystemRandomNumberGenerator()
        var isAbsenceSaid = false
        while !Task.isCancelled {
            let before = version
            do {
                if var current = version {
                    // Also where it throws: what came so far has been said, and is not asked for again.
                    defer { version = current }
                    try await changes(since: &current, say)
                } else {
                    version = try await everything(say)
                }
                backoff.succeeded()
            } catch {
                if Task.isCancelled { return }
                health.failed(error)
                if version != before { backoff.succeeded() }
                if error.isExpired, version != nil {
                    // Not the server's trouble: only the place to go on from is gone.
                    version = nil
                    continue
                }
                if let absence, error.isForbidden {
                    version = nil
                    if !isAbsenceSaid {
                        log.info(
                            "not followed, since the cluster does not have or allow it",
                            metadata: [
                                "resource": "\(Record.resource.name)", "error": "\(error)",
                            ])
                    }
                    isAbsenceSaid = true
                    try? await Task.sleep(for: absence * Double.random(in: 0.5...1))
                    continue
                }
                let wait = backoff.next(atLeast: error.retryAfter, using: &random)
                log.warning(
                    "cannot follow the API server",
                    metadata: [
                        "resource": "\(Record.resource.name)", "error": "\(error)",
                        "again in": "\(wait)",
                    ])
                try? await Task.sleep(for: wait)
            }
        }
    }

    // MARK: Everything

    /// A watch that begins with all objects where the server can (1.32), for neither side then holds them all
    /// at once; else a list by pages.
    private func everything(
        _ say: @Sendable (ReflectedChange<Record>) async -> Void
    ) async throws(APIError) -> String {
        do {
            return try await stream(say)
        } catch {
            guard case .status(let status, _) = error, [400, 422].contains(status.code) else {
                throw error
            }
        }
        return try await list(say)
    }

    private func stream(
        _ say: @Sendable (ReflectedChange<Record>) async -> Void
    ) async throws(APIError) -> String {
        let path =
            "\(Record.resource.path)?watch=true&sendInitialEvents=true&allowWatchBookmarks=true"
            + "&resourceVersionMatch=NotOlderThan&timeoutSeconds=300\(selector)"
        var found: [ObjectKey: Record] = [:]
        var end: String?
        try await events(path) { event in
            switch event {
            case .set(let record): found[record.key] = trim(record)
            case .removed(let record): found[record.key] = nil
            case .bookmark(let version, endsInitial: true):
                end = version
                return false
            case .bookmark: break
            }
            return true
        }
        guard let end else {
            throw .connection("the watch ended before it had said everything", path: path)
        }
        await say(.replaced(Array(found.values)))
        health.sawEverything()
        return end
    }

    private func list(
        _ say: @Sendable (ReflectedChange<Record>) async -> Void
    ) async throws(APIError) -> String {
        var all: [Record] = []
        var next = ""
        while true {
            let more = next.isEmpty ? "" : "&continue=\(next.queryEscaped)"
            let path = "\(Record.resource.path)?limit=\(pageSize)\(selector)\(more)"
            let answer = try await client.get(
                path, accept: Self.accept("PartialObjectMetadataList"))
            let page: ListPage<Record>
            do {
                page = try JSONDecoder().decode(
                    ListPage<Record>.self, from: Data(answer.readableBytesView))
            } catch {
                throw .malformed("\((error as? DecodingError)?.place ?? "\(error)")", path: path)
            }
            for problem in page.malformed { health.malformed(problem, log) }
            all += page.records.map(trim)
            next = page.next
            if next.isEmpty {
                await say(.replaced(all))
                health.sawEverything()
                return page.version
            }
        }
    }

    // MARK: Changes

    private func changes(
        since version: inout String, _ say: @Sendable (ReflectedChange<Record>) async -> Void
    ) async throws(APIError) {
        // Watches of a fleet must not all end at the same time.
        let seconds = Int.random(in: 300...600)
        let path =
            "\(Record.resource.path)?watch=true&allowWatchBookmarks=true&resourceVersion=\(version)"
            + "&timeoutSeconds=\(seconds)\(selector)"
        let first = version
        let started = ContinuousClock.now
        var last = version
        defer { version = last }
        try await events(path) { event in
            switch event {
            case .set(let record):
                last = Self.later(last, record.version)
                await say(.set(trim(record)))
            case .removed(let record):
                last = Self.later(last, record.version)
                await say(.removed(record.key, uid: record.uid))
            case .bookmark(let version, _): last = version
            }
            return true
        }
        if last == first, ContinuousClock.now - started < .seconds(1) {
            throw .connection("the watch ended at once", path: path)
        }
    }

    /// Hands on each event until the answer ends or `take` has had enough.
    private func events(
        _ path: String, _ take: (WatchEvent<Record>) async -> Bool
    ) async throws(APIError) {
        let response = try await client.open(
            path, accept: Self.accept("PartialObjectMetadata"), timeout: .seconds(700))
        var lines = LineSplitter()
        let decoder = JSONDecoder()
        do {
            for try await bytes in response.body {
                for line in try lines.add(bytes.readableBytesView) {
                    health.heard()
                    let event: WatchEvent<Record>
                    do {
                        event = try decoder.decode(WatchEvent<Record>.self, from: Data(line))
                    } catch let status as APIStatus {
                        throw APIError.status(status, path: path)
                    } catch {
                        let place = (error as? DecodingError)?.place ?? "\(error)"
                        health.malformed(place, log)
                        continue
                    }
                    if await !take(event) { return }
                }
            }
        } catch let error as APIError {
            throw error
        } catch {
            throw .connection("\(error)", path: path)
        }
    }

    /// An object's version stands for the place in the watch; versions only grow, but a duplicate may be old.
    private static func later(_ last: String, _ version: UInt64) -> String {
        UInt64(last).map { $0 < version } ?? (version > 0) ? "\(version)" : last
    }

    private static func accept(_ partial: String) -> String {
        Record.resource.isMetadataOnly
            ? "application/json;as=\(partial);g=meta.k8s.io;v=v1" : "application/json"
    }
}

extension APIError {
    /// What the server wished for.
    fileprivate var retryAfter: Duration? {
        guard case .status(let status, _) = self else { return nil }
        return status.retryAfter.map { .seconds($0) }
    }
}
