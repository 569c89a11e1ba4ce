package import MetricSchema
package import Observability

/// Root qdiscs of the interfaces in the agent's network namespace, endpoints' links among them: shaping a
/// pod's traffic is done there. Interfaces without a queue have nothing to say.
package struct QdiscCollector: Collector {
    package let name = CollectorName("qdiscs")
    private let qdiscs: @Sendable () throws -> [UInt8]
    private let links: @Sendable () throws -> [UInt8]
    private let wide = WideCounters<Place>()

    private struct Place: Hashable {
        enum Column { case drops, requeues, overlimits }
        let ifindex: UInt32
        let handle: UInt32
        let kind: String
        let column: Column
    }

    /// Answers to RTM_GETQDISC and RTM_GETLINK.
    package init(
        qdiscs: @escaping @Sendable () throws -> [UInt8],
        links: @escaping @Sendable () throws -> [UInt8]
    ) {
        self.qdiscs = qdiscs
        self.links = links
    }

    package static func live() -> QdiscCollector {
        QdiscCollector {
            try LiveNetlink().qdiscs()
        } links: {
            try LiveNetlink().links(statistics: false)
        }
    }

    package func collect(into samples: inout SampleBuffer) throws {
        let names = Dictionary(
            try Link.all(in: links()).map { ($0.ifindex, $0.name) },
            uniquingKeysWith: { first, _ in first })
        var places: Set<Place> = []
        for qdisc in try Qdisc.all(in: qdiscs()) where qdisc.isRoot && qdisc.kind != "noqueue" {
            // An interface may come between the two questions.
            guard let name = names[qdisc.ifindex] else { continue }
            let interface = InterfaceName(name)
            let kind = QdiscKind(qdisc.kind)
            func total(_ column: Place.Column, _ now: UInt32) -> UInt64 {
                let place = Place(
                    ifindex: qdisc.ifindex, handle: qdisc.handle, kind: qdisc.kind, column: column)
                places.insert(place)
                return wide.total(of: place, now: now)
            }
            samples.add(qdisc.packets, to: Catalog.qdiscPackets, interface, kind)
            samples.add(qdisc.bytes, to: Catalog.qdiscBytes, interface, kind)
            samples.add(total(.drops, qdisc.drops), to: Catalog.qdiscDrops, interface, kind)
            samples.add(
                total(.requeues, qdisc.requeues), to: Catalog.qdiscRequeues, interface, kind)
            samples.add(
                total(.overlimits, qdisc.overlimits), to: Catalog.qdiscOverlimits, interface, kind)
            samples.add(
                UInt64(qdisc.queuedPackets), to: Catalog.qdiscQueuedPackets, interface, kind)
            samples.add(UInt64(qdisc.queuedBytes), to: Catalog.qdiscQueuedBytes, interface, kind)
        }
        wide.keep(places)
    }
}
