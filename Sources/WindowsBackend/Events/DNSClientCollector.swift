package import MetricSchema
package import Observability
import Synchronization

/// What the host's resolver asks, gets and takes how long for. Each Windows container has a resolver of its
/// own that tells the host nothing: these are the node's lookups, not its pods'.
package final class DNSClientCollector: Collector {
    package let name = CollectorName("dns-client")
    static let metrics: [MetricDescriptor] = [
        Catalog.resolverQueries.descriptor, Catalog.resolverResponses.descriptor,
        Catalog.resolverLookups.descriptor, Catalog.resolverTime.descriptor,
        Catalog.resolverUnanswered.descriptor, Catalog.resolverLost.descriptor,
    ]
    /// Questions that may wait at a time; a question beyond that has no latency.
    private static let waitingLimit = 4_096
    /// After this long there will be no answer. In nanoseconds.
    private static let patience: Int64 = 15_000_000_000

    /// What an answer repeats of its question. Events have no number that joins the two.
    private struct Question: Hashable {
        let name: String
        let type: UInt32
        let server: String
    }

    private struct State {
        var queries: UInt64 = 0
        var responses: [ResolverOutcome: UInt64] = [:]
        var lookups: [ResolverOutcome: UInt64] = [:]
        var time = LatencyHistogram()
        var unanswered: UInt64 = 0
        var lost: UInt64 = 0
        var unreadable: UInt64 = 0
        /// When the question was sent first.
        var waiting: [Question: Int64] = [:]

        mutating func take(_ record: EventRecord) {
            switch DNSClientEvent(record) {
            case .sent(let name, let type, let server):
                queries += 1
                let question = Question(name: name, type: type, server: server)
                if waiting[question] == nil, waiting.count < waitingLimit {
                    waiting[question] = record.time
                }
            case .received(let name, let type, let server, let status):
                responses[ResolverOutcome(status: status), default: 0] += 1
                let question = Question(name: name, type: type, server: server)
                if let sent = waiting.removeValue(forKey: question), record.time >= sent {
                    time.record(nanoseconds: UInt64(record.time - sent))
                }
            case .completed(_, _, let status, _):
                lookups[ResolverOutcome(status: status), default: 0] += 1
            case .cached, .other:
                break
            case nil:
                unreadable += 1
            }
        }
    }

    private let events: any EventTransport
    private let state = Mutex(State())

    package init(_ events: any EventTransport) {
        self.events = events
    }

    /// Takes in what has come. The first time begins to listen.
    package func poll() throws {
        let records = EventRecords(parsing: try events.records(of: .dnsClient))
        state.withLock { state in
            for record in records.records { state.take(record) }
            if let last = records.records.last?.time {
                let expired = state.waiting.filter { last - $0.value > Self.patience }
                for question in expired.keys { state.waiting[question] = nil }
                state.unanswered += UInt64(expired.count)
            }
            state.lost &+= records.lost
            state.unreadable += records.unreadable.count
        }
    }

    package func collect(into samples: inout SampleBuffer) throws {
        try poll()
        let state = state.withLock { $0 }
        samples.add(state.queries, to: Catalog.resolverQueries)
        for outcome in ResolverOutcome.allCases {
            samples.add(state.responses[outcome] ?? 0, to: Catalog.resolverResponses, outcome)
            samples.add(state.lookups[outcome] ?? 0, to: Catalog.resolverLookups, outcome)
        }
        samples.add(state.time, to: Catalog.resolverTime)
        samples.add(state.unanswered, to: Catalog.resolverUnanswered)
        samples.add(state.lost, to: Catalog.resolverLost)
        samples.add(state.unreadable, to: Catalog.windowsUnreadable, name)
    }
}

extension ResolverOutcome {
    /// By the error of Windows that the resolver gives (winerror.h).
    init(status: UInt32) {
        switch status {
        case 0: self = .answered
        case 9003: self = .nxdomain
        case 9501: self = .noRecords
        case 9002: self = .servfail
        case 9005: self = .refused
        case 1460: self = .timeout
        default: self = .other
        }
    }
}
