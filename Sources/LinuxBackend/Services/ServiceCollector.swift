package import MetricSchema
package import Observability

/// Traffic and connections of this node's pods, by service.
package struct ServiceCollector: Collector {
    package let name = CollectorName("services")
    private let ledger: ServiceLedger
    private let flows: (any FlowSource)?

    /// `flows` go to the ledger; nil where there are none.
    package init(_ ledger: ServiceLedger, flows: (any FlowSource)?) {
        self.ledger = ledger
        self.flows = flows
    }

    package func collect(into samples: inout SampleBuffer) throws {
        try ledger.bringUpToDate(flows, always: true)
        try ledger.write(to: &samples)
    }
}

/// Hands flows to several.
struct FlowFork: FlowSink {
    let sinks: [any FlowSink]

    func add(_ flows: [FlowDelta]) {
        for sink in sinks { sink.add(flows) }
    }

    func add(tcp flows: [TCPFlowDelta]) {
        for sink in sinks { sink.add(tcp: flows) }
    }
}
