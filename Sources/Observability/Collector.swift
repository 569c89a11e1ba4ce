package import MetricSchema

/// Reads one source and says what it found. Nothing is kept between two scrapes but what the source
/// itself needs.
package protocol Collector: Sendable {
    var name: CollectorName { get }

    /// Blocks while it reads; called on a thread of its own, never twice at the same time. What was added
    /// before an error is thrown away: half an answer is a wrong number.
    func collect(into samples: inout SampleBuffer) throws
}

/// Something the agent wants of the system: there, or missing with the reason and what is lost by it.
package struct Capability: Sendable, Equatable {
    package let name: String
    /// Why it is missing and what to do; nil where it is there.
    package let missing: String?
    /// Names of the metrics that are absent without it.
    package let absentMetrics: [String]

    package init(_ name: String, missing: String? = nil, absentMetrics: [String] = []) {
        self.name = name
        self.missing = missing
        self.absentMetrics = absentMetrics
    }
}

/// What one operating system offers, behind one face.
package protocol Backend: Sendable {
    var system: System { get }
    var capabilities: [Capability] { get }
    var collectors: [any Collector] { get }
    /// An address of each pod that is there, for labels that have one. May block.
    var podAddresses: [PodName: IPAddress] { get }
    /// Flows that were lost and judged lately; nil where no policies are followed.
    var recentFlows: RecentFlows? { get }
    /// Whether what is told was recorded, and perhaps elsewhere.
    var isReplay: Bool { get }

    /// Follows the system until the task is cancelled, then detaches what it attached and nothing else.
    func run() async
}

extension Backend {
    package var isReplay: Bool { false }
    package var podAddresses: [PodName: IPAddress] { [:] }
    package var recentFlows: RecentFlows? { nil }
}
