import Dispatch
import Glibc
package import Logging
package import Observability
import Synchronization

/// The connection tables of the node and of those endpoints that have connections tracked in their own
/// namespaces. They are dumped one after another on a thread of its own, rarely; a scrape finds what the last
/// dump came to.
package final class ConntrackTables: EndpointFollower {
    private struct State {
        var places: [UInt32: EndpointPlaces.Namespace] = [:]
        var node = ConntrackTable()
        var endpoints: [UInt16: ConntrackTable] = [:]
        var events: LiveConntrackEvents?
        /// What stands between us and the tables; nil while they can be read.
        var problem: String?
    }

    private let identities: IdentityIndex
    private let translations: TranslationTable?
    private let wantsEvents: Bool
    private let namespace: String?
    private let entersEndpoints: Bool
    private let interval: Duration
    private let queue = DispatchQueue(label: "conntrack", qos: .utility)
    private let state = Mutex(State())
    private let log: Logger

    /// What is translated goes into `translations` too; with `events` as soon as it begins.
    package init(
        identities: IdentityIndex, translations: TranslationTable? = nil, events: Bool = false,
        namespace: String? = nil, entersEndpoints: Bool = true,
        interval: Duration, log: Logger
    ) {
        self.identities = identities
        self.translations = translations
        wantsEvents = events
        self.namespace = namespace
        self.entersEndpoints = entersEndpoints
        self.interval = interval
        self.log = log
        let problem = nodeProblem()
        state.withLock { $0.problem = problem }
        if problem == nil { listen() }
    }

    /// Whether the node's table can be read, and what is missing otherwise. A table that comes later is found.
    package var problem: String? { state.withLock { $0.problem } }
    package var node: ConntrackTable { state.withLock { $0.node } }
    package var endpoints: [UInt16: ConntrackTable] { state.withLock { $0.endpoints } }

    package func follow(_ places: EndpointPlaces) {
        state.withLock { $0.places = places.namespaces }
    }

    package func forget(_ endpoint: UInt16) {
        state.withLock { $0.endpoints[endpoint] = nil }
    }

    /// Dumps now and then until cancelled.
    func run() async {
        while !Task.isCancelled {
            await withCheckedContinuation { continuation in
                queue.async {
                    self.dump()
                    continuation.resume()
                }
            }
            try? await Task.sleep(for: max(interval, node.dumpTook * Self.rest))
        }
    }

    /// At most this part of a processor is spent on dumping a big table, the kernel's work included: 1/50.
    private static let rest = 50

    /// Reads the node's counters, which is cheap enough for a scrape.
    package func readNode() throws {
        if problem != nil { return }
        let statistics = try inNodeNamespace {
            try ConntrackStatistics.all(in: LiveConntrack().statistics())
        }
        state.withLock { $0.node.statistics.add(statistics) }
    }

    /// Events so far; nil where none are read.
    var events: ConntrackReading.Events? {
        state.withLock { $0.events }.map { events in
            let (totals, lost) = events.counts
            return ConntrackReading.Events(totals: totals, lost: lost)
        }
    }

    /// Blocks until every connection that began up to now is known, where events are read.
    package func catchUp() {
        state.withLock { $0.events }?.catchUp()
    }

    private func listen() {
        guard wantsEvents, state.withLock({ $0.events == nil }) else { return }
        do {
            let events = try inNodeNamespace {
                try LiveConntrackEvents { [translations, identities] entry in
                    let found = entry.translations(identities.current)
                    if !found.isEmpty { translations?.remember(found) }
                }
            }
            state.withLock { $0.events = events }
        } catch {
            log.error("cannot hear of connections", metadata: ["error": "\(error)"])
        }
    }

    /// Dumps every table once. Not for two callers at the same time.
    package func dump() {
        let before = self.problem
        let problem = nodeProblem()
        if problem != before { say(problem) }
        state.withLock { $0.problem = problem }
        if problem != nil { return }
        listen()
        do {
            try inNodeNamespace { try dumpNode() }
        } catch {
            log.error("cannot dump connections", metadata: ["error": "\(error)"])
        }
        if !entersEndpoints { return }
        for (inode, place) in state.withLock({ $0.places }) {
            // One that ends meanwhile is no longer ours to report.
            try? NamespaceEntry.run(in: place.path, inode: inode) {
                try dump(endpoint: place.endpoint)
            }
        }
    }

    private func dumpNode() throws {
        let view = identities.current
        translations?.beginDump()
        var found: [Translation] = []
        let (census, took) = try census(ConntrackCensus(view)) { entry in
            found += entry.translations(view)
            if found.count >= 1024 {
                translations?.remember(found)
                found.removeAll(keepingCapacity: true)
            }
        }
        translations?.remember(found)
        state.withLock {
            $0.node.census = census
            $0.node.dumped = .now
            $0.node.dumpTook = took
        }
    }

    /// On a thread that is in the endpoint's namespace. Where nothing was ever tracked there is nothing to say.
    private func dump(endpoint: UInt16) throws {
        let isKnown = state.withLock { $0.endpoints[endpoint] != nil }
        guard isKnown || ConntrackFiles.entries ?? 0 > 0 else { return }
        let (size, statistics) = try Self.counters()
        let view = identities.current
        let (census, took) = try census(
            ConntrackCensus(view, others: view.identity(of: endpoint) ?? .world))
        state.withLock {
            var table = $0.endpoints[endpoint] ?? ConntrackTable()
            table.size = size
            table.statistics.add(statistics)
            table.census = census
            table.dumped = .now
            table.dumpTook = took
            $0.endpoints[endpoint] = table
        }
    }

    private func census(
        _ empty: ConntrackCensus, also body: (ConntrackEntry) -> Void = { _ in }
    ) throws -> (ConntrackCensus, Duration) {
        let start = ContinuousClock.now
        var census = empty
        try LiveConntrack().dump { entry in
            census.add(entry)
            body(entry)
        }
        return (census, .now - start)
    }

    /// Of the namespace that the thread is in.
    package static func counters() throws -> (ConntrackSize, [ConntrackStatistics]) {
        let conntrack = try LiveConntrack()
        var size = try ConntrackSize(parsing: conntrack.size())
        if size.limit == nil { size.limit = ConntrackFiles.limit }
        return (size, try ConntrackStatistics.all(in: conntrack.statistics()))
    }

    private func inNodeNamespace<Answer>(_ body: () throws -> Answer) throws -> Answer {
        guard let namespace else { return try body() }
        return try NamespaceEntry.run(in: namespace, body)
    }

    private func nodeProblem() -> String? {
        do {
            return try inNodeNamespace {
                if let problem = ConntrackPresence.problem() { return problem }
                _ = try LiveConntrack().size()
                return nil
            }
        } catch let error as SystemCallError where error.code == EPERM {
            return "CAP_NET_ADMIN"
        } catch {
            return "\(error)"
        }
    }

    private func say(_ problem: String?) {
        if let problem {
            log.warning("connections cannot be read any more", metadata: ["needs": "\(problem)"])
        } else {
            log.info("connections can be read now")
        }
    }
}
