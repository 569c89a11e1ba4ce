package import MetricSchema
package import Observability

/// Sockets of the node's own network namespace and of every endpoint's. What they have now is gone with them, so
/// an endpoint's series end when it does.
package struct SocketCollector: Collector {
    package let name = CollectorName("sockets")
    private let board: EndpointBoard
    private let ports: Int
    private let host: RestedReading<SocketCensus>
    private let survey: NamespaceSurvey<SocketCensus>?

    /// `ports` is how many listening ports of a namespace have series of their own.
    package init(
        board: EndpointBoard, ports: Int, survey: NamespaceSurvey<SocketCensus>?,
        host: @escaping @Sendable () throws -> SocketCensus
    ) {
        self.board = board
        self.ports = ports
        self.survey = survey
        self.host = RestedReading(read: host)
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let now = ContinuousClock.now
        let reading = try host.latest()
        let own = reading.answer
        samples.add(max(.zero, now - reading.at).seconds, to: Catalog.socketReadingAge)
        for family in AddressFamily.allCases {
            for state in SocketState.allCases {
                add(own, .init(family: family, transport: .tcp, state: state), to: &samples)
            }
            for state in [SocketState.established, .close] {
                add(own, .init(family: family, transport: .udp, state: state), to: &samples)
            }
        }
        writeQueues(own, of: nil, to: &samples)
        for range in RoundTripRange.allCases {
            samples.add(own.roundTrips[range] ?? 0, to: Catalog.roundTripSockets, of: nil, range)
        }
        writeLongest(own, of: nil, to: &samples)
        if let survey { collectEndpoints(survey, into: &samples) }
    }

    private func add(
        _ census: SocketCensus, _ kind: SocketCensus.Kind, to samples: inout SampleBuffer
    ) {
        samples.add(
            census.counts[kind] ?? 0, to: Catalog.socketCounts, of: nil, kind.family,
            kind.transport, kind.state)
    }

    private func collectEndpoints(
        _ survey: NamespaceSurvey<SocketCensus>, into samples: inout SampleBuffer
    ) {
        let now = ContinuousClock.now
        let identities = Dictionary(
            board.rows.map { ($0.number, $0.identity) },
            uniquingKeysWith: { first, _ in first })
        var told: Set<UInt16> = []
        for reading in survey.readings(now: now) {
            // Two namespaces under one name are one endpoint while the old one goes.
            guard let identity = identities[reading.endpoint],
                told.insert(reading.endpoint).inserted
            else { continue }
            for (kind, count) in reading.answer.counts {
                samples.add(
                    count, to: Catalog.socketCounts, of: identity, kind.family, kind.transport,
                    kind.state)
            }
            writeQueues(reading.answer, of: identity, to: &samples)
            for (range, count) in reading.answer.roundTrips {
                samples.add(count, to: Catalog.roundTripSockets, of: identity, range)
            }
            writeLongest(reading.answer, of: identity, to: &samples)
        }
        survey.writeHealth(of: name, now: now, to: &samples)
    }

    private func writeLongest(
        _ census: SocketCensus, of identity: Identity?, to samples: inout SampleBuffer
    ) {
        guard let longest = census.longestRoundTrip else { return }
        samples.add(Double(longest) * 1e-6, to: Catalog.longestRoundTrip, of: identity)
    }

    private func writeQueues(
        _ census: SocketCensus, of identity: Identity?, to samples: inout SampleBuffer
    ) {
        for (port, listeners) in census.ports(atMost: ports) {
            samples.add(listeners.waiting, to: Catalog.listenQueue, of: identity, port)
            samples.add(listeners.limit, to: Catalog.listenQueueLimit, of: identity, port)
        }
        if !census.listeners.isEmpty {
            samples.add(census.fullest, to: Catalog.listenQueueFill, of: identity)
        }
        for (transport, bytes) in census.queues {
            samples.add(
                bytes.receive, to: Catalog.socketQueueBytes, of: identity, transport, .receive)
            samples.add(bytes.send, to: Catalog.socketQueueBytes, of: identity, transport, .send)
        }
    }
}
