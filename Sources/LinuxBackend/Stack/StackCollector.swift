import Glibc
package import MetricSchema
package import Observability
import Synchronization

/// Protocol counters of the node's own network namespace and of every endpoint's.
package final class StackCollector: Collector, EndpointFollower {
    package let name = CollectorName("stack")
    private let board: EndpointBoard
    private let host: @Sendable () throws -> StackReading
    private let survey: NamespaceSurvey<StackReading>?
    private let ledger = Mutex(StackLedger())

    /// `host` reads the node's namespace; without a survey there are no endpoints' numbers.
    package init(
        board: EndpointBoard, survey: NamespaceSurvey<StackReading>?,
        host: @escaping @Sendable () throws -> StackReading = { try StackReading.live() }
    ) {
        self.board = board
        self.host = host
        self.survey = survey
    }

    package func follow(_ places: EndpointPlaces) {
        survey?.follow(places)
    }

    package func forget(_ endpoint: UInt16) {
        ledger.withLock { $0.forget(endpoint) }
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let own = try host()
        own.counters.write(to: &samples, of: nil)
        let page = UInt64(getpagesize())
        samples.add(own.memory.tcpOrphans, to: Catalog.stackTCPOrphans)
        samples.add(own.memory.tcpPages * page, to: Catalog.stackTCPMemory)
        samples.add(own.memory.udpPages * page, to: Catalog.stackUDPMemory)
        own.memory.writeFragments(to: &samples, of: nil)
        if let survey { collectEndpoints(survey, into: &samples) }
    }

    private func collectEndpoints(
        _ survey: NamespaceSurvey<StackReading>, into samples: inout SampleBuffer
    ) {
        let now = ContinuousClock.now
        let readings = survey.readings(now: now)
        let memory = Dictionary(
            readings.map { ($0.endpoint, $0.answer.memory) },
            uniquingKeysWith: { first, _ in first })
        let ledger = ledger.withLock { ledger in
            for reading in readings {
                ledger.note(reading.answer.counters, of: reading.endpoint, inode: reading.inode)
            }
            ledger.settle(allBut: Set(readings.map(\.inode)))
            return ledger
        }
        for row in board.rows {
            guard let total = ledger.total(of: row.number) else { continue }
            total.write(to: &samples, of: row.identity)
            memory[row.number]?.writeFragments(to: &samples, of: row.identity)
        }
        survey.writeHealth(of: name, now: now, to: &samples)
    }
}

extension SocketMemory {
    fileprivate func writeFragments(to samples: inout SampleBuffer, of identity: Identity?) {
        samples.add(fragmentBytes, to: Catalog.stackFragmentMemory, of: identity, .ipv4)
        samples.add(fragmentBytes6, to: Catalog.stackFragmentMemory, of: identity, .ipv6)
    }
}
